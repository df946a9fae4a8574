#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/storage/provider.hpp>

#include "support/sample_bytes.hpp"

namespace coffer::conformance {

using test::sample_bytes;

inline constexpr std::size_t KiB = 1024;
inline constexpr std::size_t MiB = 1024 * KiB;

/// Where sizes go wrong: nothing, one, sectors, pages, buffers, and their neighbours.
const std::vector<std::size_t>& telling_sizes();

/// A chunk that owns a copy of `bytes`, at an address that is aligned to nothing.
Chunk unaligned_chunk(std::string_view bytes);

/// Everything that is left in the source. Fails the test at an empty chunk, and at one larger than `at_most`.
Task<std::string> co_rest(ByteSource& source, std::size_t at_most = 0);
Task<std::string> co_bytes(StorageProvider& store, std::string key, ByteRange range = ByteRange());

/// Writes `bytes` in pieces of one size, without committing.
Task<> co_write_pieces(ByteSink& sink, std::string bytes, std::size_t piece);

/// Whether the object is there in none of the ways to look for it.
Task<bool> co_absent(StorageProvider& store, std::string key);

/// All pages of a listing. Fails the test at a page larger than asked for.
Task<std::vector<ListEntry>> co_pages(StorageProvider& store, std::string prefix, ListOptions options = ListOptions());
std::vector<std::string> keys_of(const std::vector<ListEntry>& entries);

/// The kind of the Error that a task throws, as text; empty where it throws none. Any other exception goes on.
template <class T>
Task<std::string> co_failure(Task<T> task) {
  try {
    co_await std::move(task);
  } catch (const Error& error) {
    co_return std::string(to_string(error.kind()));
  }
  co_return std::string();
}

/// Ends after the loop has come round often enough for `reached`.
Task<> co_until(std::function<bool()> reached);

template <class T>
Task<> co_only_run(Task<T> task) {
  co_await std::move(task);
}

/// Cancels the task as soon as `reached`, and waits for its end. The kind of what it threw as text, whichever exception
/// it was; empty where it ended by itself. On a strand, or a loop of one thread.
template <class T>
Task<std::string> co_cancelled_at(Task<T> task, std::function<bool()> reached) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  Task<> run = co_only_run(std::move(task));
  Task<> watch = co_until(std::move(reached));
  auto both = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(run), asio::deferred),
                                                      asio::co_spawn(executor, std::move(watch), asio::deferred));
  auto [order, failed, watch_failed] = co_await both.async_wait(asio::experimental::wait_for_one(), asio::deferred);
  if (!failed) co_return std::string();
  co_return std::string(to_string(to_error(failed).kind()));
}

}  // namespace coffer::conformance
