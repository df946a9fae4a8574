// The compiled part of Boost.URL, which Debian ships as headers only. A file of its own, for it takes long to compile.
#include <boost/url/src.hpp>
