#include "providers/local/subject.hpp"

#include <cerrno>

namespace coffer {

Error Subject::failed(int code, std::string_view step) const {
  const std::string what = std::string(step) + " " + path;
  const auto explained = [&](ErrorKind kind, const char* text) {
    return refused(kind, text).because(Error::from_errno(code, what));
  };
  switch (code) {
    case ELOOP:
      return explained(ErrorKind::unsupported,
                       "a symbolic link is in the way, and none is followed inside a store; put a folder or a file in "
                       "its place");
    case EXDEV:
      return explained(ErrorKind::unsupported,
                       "the folder is on another file system than the file made for it; use a store on that file "
                       "system itself");
    case ENOTDIR:
      return explained(ErrorKind::conflict,
                       "a part of this name is an object, and a folder cannot have a file and a folder of one name; "
                       "choose another key, or remove that object");
    case EISDIR:
      return explained(ErrorKind::conflict,
                       "there are objects below this name, and a folder cannot have a file and a folder of one name; "
                       "choose another key, or remove those objects");
    default:
      return named(Error::from_errno(code, what));
  }
}

Error Subject::refused(ErrorKind kind, std::string message) const { return named(Error(kind, std::move(message))); }

Error Subject::named(Error error) const { return std::move(std::move(error).during(operation).about(uri)); }

Task<int> co_step(IoBackend& io, const Subject& subject, std::string_view step, std::function<int()> call) {
  const int result = co_await io.co_try(step, std::move(call));
  if (result < 0) throw subject.failed(-result, step);
  co_return result;
}

}  // namespace coffer
