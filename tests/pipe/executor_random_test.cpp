#include <algorithm>
#include <map>
#include <random>

#include "pipe/executor_fixture.hpp"
#include "stream/sink_writer.hpp"

namespace coffer {
namespace {

using test::StoreKind;

using Words = std::vector<std::string>;

std::string loud(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

Task<> co_write(PipeIo& io, std::string to, std::string text) {
  SinkPtr sink = co_await io.co_output(std::move(to));
  SinkWriter writer(*sink, 4096);
  co_await writer.co_write(text);
  co_await writer.co_flush();
  co_await sink->co_commit();
}

Task<> co_write_list(PipeIo& io, std::string to, Words words) {
  ListSinkPtr list = co_await io.co_output_list(std::move(to));
  for (std::string& word : words) co_await list->co_append(std::move(word));
  co_await list->co_commit();
}

Task<> co_gather_all(PipeIo& io, std::string from, std::string to) {
  ListReaderPtr list = co_await io.co_input_list(std::move(from));
  SinkPtr sink = co_await io.co_output(std::move(to));
  SinkWriter writer(*sink, 4096);
  while (std::optional<ListElement> element = co_await list->co_next()) {
    SourcePtr source = co_await list->co_open(std::move(*element));
    while (const std::optional<Chunk> chunk = co_await source->co_read()) co_await writer.co_write(chunk->text());
  }
  co_await writer.co_flush();
  co_await sink->co_commit();
}

/// A pipeline of pipes of every kind, each of which reads what those before it write; and what it makes.
class RandomPipeline {
 public:
  explicit RandomPipeline(unsigned seed) : random_(seed) {
    const std::size_t count = 4 + below(8);
    std::vector<PipeSpec> pipes;
    for (std::size_t i = 0; i < count; ++i) pipes.push_back(next("n" + std::to_string(i)));
    std::ranges::shuffle(pipes, random_);
    for (PipeSpec& pipe : pipes) pipeline.pipe(std::move(pipe));
    for (const auto& [name, text] : texts) pipeline.output(name);
    for (const auto& [name, words] : lists) pipeline.output(name);
  }

  Pipeline pipeline = Pipeline("random");
  std::map<std::string, std::string> texts;
  std::map<std::string, Words> lists;
  std::string event;

 private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

  template <class Values>
  std::string any_of(const Values& values) {
    return std::next(values.begin(), static_cast<std::ptrdiff_t>(below(values.size())))->first;
  }

  std::string text() {
    std::string line = "text " + std::to_string(below(1'000'000)) + "\n";
    std::string all;
    for (std::size_t i = below(4000); i > 0; --i) all += line;
    return all;
  }

  PipeSpec next(const std::string& to) {
    static constexpr const char* events[] = {"started p", "committed ", "finished p", "first byte of "};
    event = events[below(4)] + to;
    const PipeSpec pipe("p" + to);
    switch (below(5)) {
      case 0:
        if (!lists.empty()) return batching(pipe, any_of(lists), to);
        break;
      case 1:
        if (!lists.empty()) return gathering(pipe, any_of(lists), to);
        break;
      case 2:
        if (!texts.empty()) return shouting(pipe, any_of(texts), to);
        break;
      case 3:
        return writing(pipe, to);
      default:
        break;
    }
    return listing(pipe, to);
  }

  PipeSpec writing(PipeSpec pipe, const std::string& to) {
    const std::string text = this->text();
    texts[to] = text;
    return pipe.writes(to).run([to, text](PipeIo& io) { return co_write(io, to, text); });
  }
  PipeSpec listing(PipeSpec pipe, const std::string& to) {
    Words words(below(12));
    for (std::string& word : words) word = text();
    lists[to] = words;
    return pipe.writes_list(to).run([to, words](PipeIo& io) { return co_write_list(io, to, words); });
  }
  PipeSpec batching(PipeSpec pipe, const std::string& from, const std::string& to) {
    Words words = lists[from];
    std::ranges::transform(words, words.begin(), loud);
    lists[to] = words;
    const std::string item = "item_" + to;
    pipe.batch(from, item, 1 + below(4)).reads(item).writes(to);
    return pipe.run([item, to](PipeIo& io) { return test::co_shout(io, item, to); });
  }
  PipeSpec gathering(PipeSpec pipe, const std::string& from, const std::string& to) {
    for (const std::string& word : lists[from]) texts[to] += word;
    texts[to] += "";
    return pipe.reads(from).writes(to).run([from, to](PipeIo& io) { return co_gather_all(io, from, to); });
  }
  PipeSpec shouting(PipeSpec pipe, const std::string& from, const std::string& to) {
    texts[to] = loud(texts[from]);
    return pipe.reads(from).writes(to).run([from, to](PipeIo& io) { return test::co_shout(io, from, to); });
  }

  std::mt19937 random_;
};

class ExecutorRandomTest : public test::ExecutorFixture {
 protected:
  static constexpr unsigned seeds = 20;

  // Two chunks of the streams that work at once; less than one for each of them.
  ExecutorRandomTest() : ExecutorFixture(RuntimeConfig().budget(std::size_t{64} << 10U)) {}

  static Task<Words> co_contents(Storage& storage, Uri list) {
    Words contents;
    const std::vector<ListElement> elements = co_await co_load_list(storage, std::move(list));
    for (const ListElement& element : elements) contents.push_back(co_await storage.co_load(element.stored.uri));
    co_return contents;
  }
};

INSTANTIATE_TEST_SUITE_P(, ExecutorRandomTest,
                         testing::Combine(testing::ValuesIn(test::all_loop_kinds), testing::Values(StoreKind::memory)),
                         test::name_of_loop_and_store);

TEST_P(ExecutorRandomTest, every_pipeline_comes_to_its_end_at_the_least_budget_and_makes_what_it_should) {
  for (unsigned seed = 0; seed < 2 * seeds; ++seed) {
    SCOPED_TRACE(seed);
    RandomPipeline random(seed / 2);
    const RunResult result = run(random.pipeline, RunInputs(), RunOptions().overlap(seed % 2 == 0));
    for (const auto& [name, text] : random.texts) EXPECT_EQ(load(result, name), text) << name;
    for (const auto& [name, words] : random.lists)
      EXPECT_EQ(run(co_contents(*storage, result.outputs.at(name).uri)), words) << name;
  }
}

TEST_P(ExecutorRandomTest, every_pipeline_can_be_cancelled_anywhere) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    RandomPipeline random(seed);
    events = std::make_shared<test::RunEvents>();
    const Error error = cancelled_when(random.event, random.pipeline, RunInputs());
    const bool ran_to_its_end = error.message().empty();
    EXPECT_TRUE(ran_to_its_end || error.kind() == ErrorKind::cancelled) << error.what();
    EXPECT_TRUE(left_no_work_folder());
  }
}

}  // namespace
}  // namespace coffer
