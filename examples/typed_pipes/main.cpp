// Two pipes that are functions of structs. What they take is loaded and what they give is stored, as Kajson, at every
// pipe: between them only names and references are in memory.

#include <algorithm>
#include <iostream>
#include <sstream>

#include <boost/describe/class.hpp>
#include <coffer/coffer.hpp>
#include <coffer/pipe/executor.hpp>
#include <coffer/pipe/typed_pipe.hpp>
#include <coffer/stream/memory_source.hpp>

struct Article {
  std::string title;
  std::vector<std::string> words;
};
BOOST_DESCRIBE_STRUCT(Article, (), (title, words))
COFFER_KAJSON_CLASS(Article, "Article", "news")

struct Summary {
  std::string title;
  std::string longest;
};
BOOST_DESCRIBE_STRUCT(Summary, (), (title, longest))
COFFER_KAJSON_CLASS(Summary, "Summary", "news")

namespace {

coffer::Task<Article> read(coffer::PipeIo& /*io*/, std::string text) {
  Article article;
  std::istringstream lines(text);
  std::getline(lines, article.title);
  for (std::string word; lines >> word;) article.words.push_back(word);
  co_return article;
}

coffer::Task<Summary> summarize(coffer::PipeIo& /*io*/, Article article) {
  Summary summary;
  summary.title = article.title;
  summary.longest = *std::ranges::max_element(article.words, {}, &std::string::size);
  co_return summary;
}

}  // namespace

int main() {
  coffer::Runtime runtime;
  coffer::Storage storage = coffer::open_storage(runtime, coffer::StoreConfig("store"));
  coffer::Pipeline pipeline = coffer::Pipeline("news").input("page").output("summary");
  pipeline.pipe(typed_pipe("read", read, {"page"}, {"article"}));
  pipeline.pipe(typed_pipe("summarize", summarize, {"article"}, {"summary"}));
  coffer::RunInputs inputs;
  inputs.ingest("page", coffer::make_memory_source("On pipes\nthey hand each other references"));
  const auto result = runtime.run(coffer::Executor(storage).co_run(std::move(pipeline), std::move(inputs)));
  std::cout << runtime.run(storage.co_load(result.outputs.at("summary").uri)) << '\n';
}
