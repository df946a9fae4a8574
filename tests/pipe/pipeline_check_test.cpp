#include <string>
#include <vector>

#include <coffer/pipe/pipeline_check.hpp>
#include <coffer/pipe/pipeline_file.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Task<> do_nothing(PipeIo&) { co_return; }

/// A pipeline file of these pipes; their places are those of a line of its own each, from line 2 on.
std::vector<std::string> findings_in_file(const std::string& head, const std::vector<std::string>& pipes) {
  std::string text = "{\"coffer_pipeline\": 1, \"name\": \"p\"" + head + ", \"pipes\": [";
  for (std::size_t i = 0; i < pipes.size(); ++i) text += (i == 0 ? "\n" : ",\n") + pipes[i];
  text += "]}";
  const Result<Pipeline> pipeline = parse_pipeline(text);
  EXPECT_TRUE(pipeline) << pipeline.error().what() << "\n" << text;
  std::vector<std::string> findings;
  if (!pipeline) return findings;
  for (const Finding& finding : check_pipeline(*pipeline).findings) {
    findings.push_back(std::to_string(finding.place.line) + ":" + std::to_string(finding.place.column) +
                       (finding.severity == Severity::error ? " error: " : " warning: ") + finding.message);
  }
  return findings;
}

std::vector<std::string> messages(const Pipeline& pipeline) {
  std::vector<std::string> messages;
  for (const Finding& finding : check_pipeline(pipeline).findings) messages.push_back(finding.message);
  return messages;
}

const std::string makes_x = R"({"name": "make", "writes": {"x": {"from": "stdout"}}, "command": ["date"]})";

TEST(PipelineCheck, a_right_pipeline_has_no_findings) {
  EXPECT_THAT(findings_in_file(R"(, "outputs": ["x"])", {makes_x}), IsEmpty());
}

TEST(PipelineCheck, a_name_that_nobody_writes_is_an_error_with_the_name_that_was_meant) {
  EXPECT_THAT(
      findings_in_file(
          R"(, "inputs": {"video": {}}, "outputs": ["y", "videos"])",
          {R"({"name": "a", "reads": {"vidoe": "stdin", "video": "path"}, "writes": {"y": {"from": "stdout"}}, "command": ["cat", "{video}"]})"}),
      ElementsAre(
          "1:79 error: nobody writes the output 'videos'; did you mean 'video'?",
          "2:25 error: the pipe 'a' reads 'vidoe', which is no input and which nobody writes; did you mean 'video'?"));
}

TEST(PipelineCheck, two_writers_of_one_name_are_an_error) {
  EXPECT_THAT(
      findings_in_file(R"(, "outputs": ["x"])",
                       {makes_x, R"({"name": "again", "writes": {"x": {"from": "stdout"}}, "command": ["date"]})"}),
      ElementsAre("3:30 error: 'x' has two writers: 'make' (line 2, column 29) and 'again'"));
  EXPECT_THAT(
      findings_in_file(R"(, "inputs": {"x": {}}, "outputs": ["x"])", {makes_x}),
      ElementsAre("2:29 error: the pipe 'make' writes 'x', which is an input of the pipeline (line 1, column 48)"));
}

TEST(PipelineCheck, what_nobody_reads_is_a_warning) {
  EXPECT_THAT(findings_in_file(R"(, "inputs": {"in": {}})", {makes_x}),
              ElementsAre("1:48 warning: nobody reads the input 'in'",
                          "2:29 warning: nobody reads 'x', and it is no output of the pipeline"));
  EXPECT_THAT(findings_in_file("", {R"({"name": "a", "command": ["true"]})"}),
              ElementsAre("2:10 warning: the pipe 'a' writes nothing that the pipeline keeps"));
}

TEST(PipelineCheck, two_pipes_or_outputs_of_one_name_are_an_error) {
  EXPECT_THAT(
      findings_in_file(R"(, "outputs": ["x", "y", "x"])",
                       {makes_x, R"({"name": "make", "writes": {"y": {"from": "stdout"}}, "command": ["date"]})"}),
      ElementsAre("1:59 error: 'x' is an output twice", "3:10 error: two pipes are named 'make' (line 2, column 10)"));
}

TEST(PipelineCheck, a_cycle_is_an_error_that_names_its_pipes_in_the_order_of_the_data) {
  EXPECT_THAT(
      findings_in_file(
          "", {R"({"name": "a", "reads": {"z": "stdin"}, "writes": {"x": {"from": "stdout"}}, "command": ["cat"]})",
               R"({"name": "b", "reads": {"x": "stdin"}, "writes": {"y": {"from": "stdout"}}, "command": ["cat"]})",
               R"({"name": "c", "reads": {"y": "stdin"}, "writes": {"z": {"from": "stdout"}}, "command": ["cat"]})"}),
      ElementsAre("2:10 error: a cycle: each of these waits for the one before it: 'a' -> 'b' -> 'c' -> 'a'"));
  EXPECT_THAT(
      findings_in_file(
          "", {R"({"name": "a", "reads": {"x": "stdin"}, "writes": {"x": {"from": "stdout"}}, "command": ["cat"]})"}),
      ElementsAre("2:10 error: the pipe 'a' reads what it writes"));
}

TEST(PipelineCheck, a_chain_may_be_longer_than_a_stack_is_deep) {
  constexpr std::size_t length = 100'000;
  Pipeline pipeline("p");
  pipeline.input("n0").output("n" + std::to_string(length));
  for (std::size_t i = length; i > 0; --i) {
    pipeline.pipe(PipeSpec("p" + std::to_string(i))
                      .reads("n" + std::to_string(i - 1))
                      .writes("n" + std::to_string(i))
                      .run([](PipeIo&) -> Task<> { co_return; }));
  }
  EXPECT_THAT(check_pipeline(pipeline).findings, IsEmpty());
}

TEST(PipelineCheck, a_diamond_is_no_cycle) {
  EXPECT_THAT(
      findings_in_file(
          R"(, "outputs": ["o"])",
          {makes_x,
           R"({"name": "l", "reads": {"x": "stdin"}, "writes": {"y": {"from": "stdout"}}, "command": ["cat"]})",
           R"({"name": "r", "reads": {"x": "stdin"}, "writes": {"z": {"from": "stdout"}}, "command": ["cat"]})",
           R"({"name": "o", "reads": {"y": "path", "z": "path"}, "writes": {"o": {"from": "stdout"}}, "command": ["cat", "{y}", "{z}"]})"}),
      IsEmpty());
}

TEST(PipelineCheck, one_stdin_and_one_stdout_for_each_command) {
  EXPECT_THAT(
      findings_in_file(
          R"(, "inputs": {"a": {}, "b": {}}, "outputs": ["x", "y"])",
          {R"({"name": "c", "reads": {"a": "stdin", "b": "stdin"}, "writes": {"x": {"from": "stdout"}, "y": {"from": "stdout"}}, "command": ["cat"]})"}),
      ElementsAre("2:39 error: the command 'c' has one stdin, but reads 'a' and 'b' from it",
                  "2:90 error: the command 'c' has one stdout, but 'x' and 'y' come from it"));
}

TEST(PipelineCheck, each_argument_is_looked_through) {
  const std::string head = R"(, "inputs": {"in": {}}, "outputs": ["out"])";
  const auto command = [&](const std::string& feed, const std::string& yield, const std::string& arguments) {
    return findings_in_file(head, {R"({"name": "c", "reads": {"in": ")" + feed + R"("}, "writes": {"out": {"from": ")" +
                                   yield + R"("}},)" + "\n" + R"("command": [)" + arguments + "]}"});
  };
  EXPECT_THAT(command("path", "path", R"("cp", "{in}", "{out}")"), IsEmpty());
  EXPECT_THAT(command("stdin", "stdout", R"("awk", "{print $1}")"),
              ElementsAre("3:20 error: in the command of 'c': '{print $1}' is not a name in braces at character 1; "
                          "'{{' stands for a brace"));
  EXPECT_THAT(command("stdin", "stdout", R"("awk", "{{print $1}")"), IsEmpty());
  EXPECT_THAT(command("path", "stdout", R"("cat", "{inn}", "{in}")"),
              ElementsAre("3:20 error: {inn}: the pipe 'c' neither reads nor writes 'inn'; did you mean 'in'?"));
  EXPECT_THAT(command("stdin", "stdout", R"("cat", "{in}")"),
              ElementsAre(HasSubstr("3:20 error: {in}: 'in' arrives on stdin and has no path")));
  EXPECT_THAT(command("stdin", "stdout", R"("tee", "{out}")"),
              ElementsAre(HasSubstr("3:20 error: {out}: 'out' comes from stdout and has no path")));
  EXPECT_THAT(
      command("url", "stdout", R"("cat")"),
      ElementsAre("2:25 error: the command of 'c' never says {in}, so it cannot find 'in', which it reads by url"));
  EXPECT_THAT(command("stdin", "path", R"("cat")"),
              ElementsAre("2:52 error: the command of 'c' never says {out}, so it cannot know where to write 'out'"));
}

TEST(PipelineCheck, a_name_inside_the_text_of_a_shell_is_an_error_with_the_cure) {
  const std::string head = R"(, "inputs": {"in": {}}, "outputs": ["out"])";
  EXPECT_THAT(
      findings_in_file(
          head,
          {R"({"name": "c", "reads": {"in": "path"}, "writes": {"out": {"from": "stdout"}}, "command": ["sh", "-c", "cat {in}"]})"}),
      ElementsAre(HasSubstr("{in} inside the text of a shell")));
  EXPECT_THAT(
      findings_in_file(
          head,
          {R"({"name": "c", "reads": {"in": "path"}, "writes": {"out": {"from": "stdout"}}, "command": ["sh", "-c", "cat \"$1\"", "sh", "{in}"]})"}),
      IsEmpty());
}

TEST(PipelineCheck, coroutines_stream_and_commands_do_not) {
  EXPECT_THAT(messages(Pipeline("p").input("x").output("y").pipe(
                  PipeSpec("a").reads("x", Feed::url).writes("y").run(do_nothing))),
              ElementsAre("the coroutine 'a' reads 'x' by url; only commands can: use a stream"));
  EXPECT_THAT(messages(Pipeline("p").input("x").output("y").pipe(
                  PipeSpec("a").reads("x").writes("y", Yield::path).run(do_nothing))),
              ElementsAre("the coroutine 'a' writes 'y' by path; only commands can: use a stream or a list"));
  EXPECT_THAT(
      messages(Pipeline("p").input("x").output("y").pipe(PipeSpec("a").reads("x").writes("y").command({"cat"}))),
      ElementsAre("the command 'a' reads 'x' as a stream; only C++ can: use stdin, path or url",
                  "the command 'a' writes 'y' as a stream; only C++ can: use stdout, path or folder"));
  EXPECT_THAT(messages(Pipeline("p").output("y").pipe(PipeSpec("a").writes("y"))),
              ElementsAre("the pipe 'a' has neither a command nor a coroutine"));
}

TEST(PipelineCheck, what_the_parser_refuses_is_refused_in_cpp_too) {
  EXPECT_THAT(messages(Pipeline("my pipeline")),
              ElementsAre("the pipeline's name 'my pipeline' is not a name: a letter or '_', then letters, digits, '_' "
                          "and '-', at most 64 in all",
                          "the pipeline has no pipe"));
  EXPECT_THAT(
      messages(Pipeline("p")
                   .input("a=b", "mp4")
                   .output("y")
                   .pipe(PipeSpec("a").reads("a=b").reads("a=b").writes("y", "text").run(do_nothing))),
      ElementsAre("'mp4' is not a media type such as 'video/mp4'", "'text' is not a media type such as 'video/mp4'",
                  "'a=b' is not a name: a letter or '_', then letters, digits, '_' and '-', at most 64 in all",
                  "the pipe 'a' reads 'a=b' twice"));
}

Pipeline video() {
  return Pipeline("video")
      .input("video", "video/mp4")
      .output("audio")
      .output("report")
      .pipe(PipeSpec("audio")
                .reads("video", Feed::standard_input)
                .writes("audio", Yield::standard_output, "audio/flac")
                .command({"ffmpeg", "-"}))
      .pipe(PipeSpec("sheet")
                .reads("video", Feed::url)
                .writes("sheet", Yield::path, "image/png")
                .command({"ffmpeg", "{video}", "{sheet}"}))
      .pipe(PipeSpec("captions")
                .reads("sheet", Feed::standard_input)
                .writes("text", Yield::standard_output)
                .command({"tesseract", "-", "-"}))
      .pipe(PipeSpec("report")
                .reads("text", Feed::path)
                .reads("audio", Feed::standard_input)
                .writes("report", Yield::standard_output)
                .command({"describe", "{text}"}))
      .pipe(PipeSpec("clock").writes("x").run(do_nothing));
}

const std::string makes_list =
    R"({"name": "fill", "writes": {"l": {"from": "folder"}}, "command": ["split", "x", "{l}/"]})";

TEST(PipelineCheck, a_batch_goes_over_a_list_and_reads_its_item) {
  const auto batch = [](const std::string& over, const std::string& item, const std::string& reads) {
    return R"({"name": "b", "batch": {"over": ")" + over + R"(", "item": ")" + item + R"("}, "reads": {)" + reads +
           R"(}, "writes": {"o": {"from": "stdout"}}, "command": ["cat"]})";
  };
  const std::string head = R"(, "inputs": {"in": {}}, "outputs": ["o", "in"])";
  EXPECT_THAT(findings_in_file(head, {makes_list, batch("l", "i", R"("i": "stdin")")}), IsEmpty());
  EXPECT_THAT(
      findings_in_file(head, {batch("in", "i", R"("i": "stdin")")}),
      ElementsAre("2:33 error: the pipe 'b' goes over 'in', which is no list; a list comes from a folder, from a "
                  "batch, or from outside as {\"list\": true}"));
  EXPECT_THAT(
      findings_in_file(head, {makes_list, batch("ll", "i", R"("i": "stdin")")}),
      ElementsAre("2:29 warning: nobody reads 'l', and it is no output of the pipeline",
                  "3:33 error: the pipe 'b' reads 'll', which is no input and which nobody writes; did you mean "
                  "'l'?"));
  EXPECT_THAT(findings_in_file(head, {makes_list, batch("l", "itme", R"("in": "stdin")")}),
              ElementsAre("3:33 error: the batch 'b' never reads its item 'itme'"));
  EXPECT_THAT(
      findings_in_file(head, {makes_list, batch("l", "in", R"("in": "stdin")")}),
      ElementsAre("3:33 error: the batch 'b' calls its item 'in', which is a name of the pipeline already; take "
                  "another"));
}

TEST(PipelineCheck, a_list_is_no_single_object) {
  EXPECT_THAT(
      findings_in_file(
          R"(, "outputs": ["o"])",
          {makes_list,
           R"({"name": "c", "reads": {"l": "stdin"}, "writes": {"o": {"from": "stdout"}}, "command": ["cat"]})"}),
      ElementsAre(
          "3:25 error: the pipe 'c' reads 'l' by stdin, but it is a list: read it by path, which gives a folder, "
          "or go over it in a batch"));
  EXPECT_THAT(
      findings_in_file(
          R"(, "outputs": ["o"])",
          {makes_list,
           R"({"name": "c", "batch": {"over": "l", "item": "i"}, "reads": {"i": "path"}, "writes": {"o": {"from": "folder"}}, "command": ["unzip", "{i}", "{o}"]})"}),
      ElementsAre("3:87 error: the batch 'c' writes 'o' as a list for each element; a list of lists cannot be: write "
                  "one object for each"));
  EXPECT_THAT(messages(Pipeline("p").output("o").pipe(PipeSpec("a").writes("o", Yield::folder).run(do_nothing))),
              ElementsAre("the coroutine 'a' writes 'o' by folder; only commands can: use a stream or a list"));
  EXPECT_THAT(messages(Pipeline("p").input_list("l").output("o").pipe(
                  PipeSpec("a").batch("l", "1", 0).reads("1").writes("o").run(do_nothing))),
              ElementsAre("'1' is not a name: a letter or '_', then letters, digits, '_' and '-', at most 64 in all",
                          "the batch 'a' runs 0 elements at a time; 1 to 1000 can be"));
}

TEST(PipelineCheck, a_list_from_outside_is_no_output) {
  EXPECT_THAT(messages(Pipeline("p").input_list("l").output("l").pipe(PipeSpec("a").reads("l").run(do_nothing))),
              ElementsAre("the output 'l' is a list from outside, of which the run stores nothing",
                          "the pipe 'a' writes nothing that the pipeline keeps"));
}

TEST(PipelineCheck, tells_how_a_batch_takes_its_list) {
  const Pipeline pipeline = Pipeline("p")
                                .input_list("words")
                                .output("all")
                                .pipe(PipeSpec("each")
                                          .batch("words", "word", 2)
                                          .reads("word", Feed::path)
                                          .writes("loud", Yield::standard_output)
                                          .command({"tr", "{word}"}))
                                .pipe(PipeSpec("gather")
                                          .reads("loud", Feed::path)
                                          .writes("all", Yield::standard_output)
                                          .command({"cat", "{loud}"}));
  EXPECT_EQ(to_text(check_pipeline(pipeline)),
            "pipeline p: no errors, no warnings\n"
            "  each starts as soon as words is being written\n"
            "    words  streams  batch   from outside: each element is taken as soon as it is complete, as 'word', at "
            "most 2 at a time\n"
            "  gather starts when loud is committed\n"
            "    loud  waits    path    from each: a folder of its elements needs the whole list, committed; a batch "
            "would take each as it is complete\n");
  EXPECT_THAT(to_json(check_pipeline(pipeline)), HasSubstr(R"("inputs":[{"name":"words","by":"batch","streams":true)"));
}

TEST(PipelineCheck, what_may_be_written_again_is_waited_for) {
  const Pipeline pipeline =
      Pipeline("p")
          .output("y")
          .pipe(PipeSpec("a").writes("x", Yield::standard_output).command({"ask"}).retry(3))
          .pipe(PipeSpec("b").reads("x", Feed::standard_input).writes("y", Yield::standard_output).command({"cat"}));
  EXPECT_THAT(
      to_text(check_pipeline(pipeline)),
      HasSubstr("    x  waits    stdin   from a: a may have to run again, so that what it writes is seen when it "
                "has ended well\n"));
  EXPECT_THAT(messages(Pipeline("p").output("x").pipe(
                  PipeSpec("a").writes("x").run(do_nothing).retry(0).timeout(std::chrono::milliseconds(0)))),
              ElementsAre("the pipe 'a' has 0 attempts; 1 to 100 can be", "the pipe 'a' has no time to run"));
}

TEST(PipelineCheck, tells_what_streams_and_what_waits_and_why) {
  const PipelineCheck check = check_pipeline(video());
  ASSERT_TRUE(check.ok());
  EXPECT_EQ(
      to_text(check),
      "pipeline video: no errors, 1 warning\n"
      "warning: nobody reads 'x', and it is no output of the pipeline\n"
      "  audio starts as soon as video is being written\n"
      "    video  streams  stdin   from outside: read while it is being written\n"
      "  sheet starts as soon as video is being written\n"
      "    video  streams  url     from outside: read while it is being written; where its size is known, a range not "
      "yet written waits, else it is one answer without ranges\n"
      "  captions starts as soon as sheet is being written\n"
      "    sheet  waits    stdin   from sheet: sheet writes a file, which is stored when sheet has ended\n"
      "  report starts when text is committed and audio is being written\n"
      "    text   waits    path    from captions: a path needs the whole object, committed; stdin or url would stream\n"
      "    audio  streams  stdin   from audio: read while it is being written\n"
      "  clock starts at once\n");
}

TEST(PipelineCheck, says_the_same_as_json) {
  const Pipeline pipeline = Pipeline("p").input("in").pipe(
      PipeSpec("a").reads("in", Feed::path).writes("out", Yield::standard_output).command({"cat", "{in}"}));
  EXPECT_EQ(
      to_json(check_pipeline(pipeline)),
      R"({"pipeline":"p","ok":true,"findings":[{"severity":"warning","message":"nobody reads 'out', and it is no output of the pipeline"}],)"
      R"("pipes":[{"pipe":"a","starts":"when in is committed","inputs":[{"name":"in","by":"path","streams":false,)"
      R"("why":"a path needs the whole object, committed; stdin or url would stream"}]}]})");
}

TEST(PipelineCheck, a_pipeline_with_errors_says_nothing_of_its_flow) {
  const PipelineCheck check = check_pipeline(Pipeline("p").output("x"));
  EXPECT_FALSE(check.ok());
  EXPECT_THAT(check.pipes, IsEmpty());
  EXPECT_EQ(
      to_text(check),
      "pipeline p: 2 errors, no warnings\nerror: the pipeline has no pipe\nerror: nobody writes the output 'x'\n");
}

TEST(PipelineCheck, two_writers_of_a_name_must_exclude_each_other_and_agree) {
  const auto writing = [](const std::string& name, const std::string& when, const std::string& from = "\"stdout\"",
                          const std::string& more = "") {
    return R"({"name": ")" + name + R"(", )" + when + R"("writes": {"x": {"from": )" + from + "}}" + more +
           R"(, "command": ["touch"]})";
  };
  const auto found = [&](const std::string& first, const std::string& second) {
    std::string all;
    for (const std::string& finding :
         findings_in_file(R"(, "inputs": {"k": {}, "l": {"list": true}}, "outputs": ["x"])", {first, second})) {
      if (finding.find("'l'") == std::string::npos || finding.find("nobody") == std::string::npos)
        all += finding + "\n";
    }
    return all;
  };
  const std::string is_a = R"("when": {"name": "k", "is": "a"}, )";
  const std::string is_b = R"("when": {"name": "k", "is": ["b", "c"]}, )";
  const std::string is_not_a = R"("when": {"name": "k", "is_not": ["a", "d"]}, )";
  EXPECT_EQ(found(writing("p", is_a), writing("q", is_b)), "");
  EXPECT_EQ(found(writing("p", is_a), writing("q", is_not_a)), "");
  EXPECT_THAT(found(writing("p", is_b), writing("q", is_not_a)),
              HasSubstr("'x' has two writers: 'p' (line 2, column 67) and 'q', which may both run"));
  EXPECT_THAT(found(writing("p", is_a), writing("q", "")), HasSubstr("which may both run"));
  EXPECT_THAT(found(writing("p", is_a), writing("q", is_b, R"("stdout", "type": "a/b")")),
              HasSubstr("as '' and as 'a/b'"));
  EXPECT_THAT(found(writing("p", is_a), writing("q", is_b, R"("stdout")", R"(, "retry": {"attempts": 2})")),
              HasSubstr("only one of them has attempts"));
  EXPECT_THAT(found(writing("p", is_a),
                    R"({"name": "q", )" + is_b + R"("writes": {"x": {"from": "folder"}}, "command": ["f", "{x}"]})"),
              HasSubstr("one of them as a list"));
}

TEST(PipelineCheck, a_condition_looks_at_one_object_that_is_written) {
  EXPECT_THAT(
      findings_in_file(R"(, "inputs": {"kind": {}, "l": {"list": true}})",
                       {R"({"name": "a", "when": {"name": "kinds", "is": "a"}, "command": ["date"]})",
                        R"({"name": "b", "when": {"name": "l", "is": "a"}, "command": ["date"]})"}),
      testing::IsSupersetOf({"2:32 error: a condition of the pipe 'a' looks at 'kinds', which is no input and "
                             "which nobody writes; did you mean 'kind'?",
                             "3:32 error: a condition of the pipe 'b' looks at 'l', which is a list: it can look "
                             "at one small object"}));
}

TEST(PipelineCheck, a_condition_on_what_the_pipe_makes_possible_is_a_cycle) {
  EXPECT_THAT(
      findings_in_file(
          "",
          {R"({"name": "a", "when": {"name": "y", "is": "1"}, "writes": {"x": {"from": "stdout"}}, "command": ["date"]})",
           R"({"name": "b", "reads": {"x": "stdin"}, "writes": {"y": {"from": "stdout"}}, "command": ["cat"]})"}),
      testing::Contains(HasSubstr("a cycle")));
}

TEST(PipelineCheck, what_a_condition_waits_for_is_said) {
  const Pipeline pipeline = Pipeline("p").input("kind").output("y").pipe(
      PipeSpec("a").when("kind", {"1"}).reads_if_there("kind").writes("y").run(do_nothing));
  EXPECT_THAT(to_text(check_pipeline(pipeline)),
              HasSubstr("a starts when kind is committed and kind is being written, if kind is '1'"));
  EXPECT_THAT(to_text(check_pipeline(pipeline)), HasSubstr("; it runs without it where it is absent"));
  EXPECT_THAT(to_json(check_pipeline(pipeline)), HasSubstr(R"("when":"kind is '1'")"));
}

}  // namespace
}  // namespace coffer
