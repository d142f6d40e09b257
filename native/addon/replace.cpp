// The end of `diecast exec` as a Node process: it becomes diecast-launch, with the same pid, terminal and descriptors.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "addon/bindings.h"

namespace diecast::addon {
namespace {

// What native/front/main.cpp did to the environment.
constexpr std::string_view kInherited = "DIECAST_INHERITED=";
constexpr std::string_view kKept = "DIECAST_KEEP_";
constexpr std::string_view kKeptNode = "DIECAST_KEEP_NODE_";

// The last `count` arguments of this process as bytes: JavaScript strings lose what is not UTF-8.
std::vector<std::string> lastArguments(Napi::Env env, std::size_t count) {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::string> all;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\0', begin);
        if (end == std::string::npos) break;
        all.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    if (all.size() < count) throw Napi::Error::New(env, "/proc/self/cmdline lacks the arguments; is /proc mounted?");
    return {all.end() - static_cast<std::ptrdiff_t>(count), all.end()};
}

// Points into the environment block, which lives as long as the process.
std::vector<char*> originalEnvironment() {
    std::vector<char*> result;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        if (text.starts_with(kInherited)) continue;
        result.push_back(*variable + (text.starts_with(kKeptNode) ? kKept.size() : 0));
    }
    result.push_back(nullptr);
    return result;
}

// Takes the close-on-exec flag, which Node put on it, off a descriptor.
void keepOpen(int fd) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags >= 0) fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
}

// Those that were closed and that Node has opened.
void closeOnExec(int fd) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags >= 0) fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

// (path, arguments, command words, descriptors to keep, descriptors to close): executes `path` with the arguments and,
// behind them, that many of this process's own last words. Returns only by throwing.
void replaceProcess(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::string path = info[0].As<Napi::String>();
    const Napi::Array given = info[1].As<Napi::Array>();
    const Napi::Array descriptors = info[3].As<Napi::Array>();

    std::vector<std::string> words;
    for (std::uint32_t i = 0; i < given.Length(); ++i) words.push_back(given.Get(i).As<Napi::String>());
    for (std::string& word : lastArguments(env, info[2].As<Napi::Number>().Uint32Value())) {
        words.push_back(std::move(word));
    }
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) keepOpen(fd);
    for (std::uint32_t i = 0; i < descriptors.Length(); ++i) {
        keepOpen(descriptors.Get(i).As<Napi::Number>().Int32Value());
    }
    const Napi::Array closed = info[4].As<Napi::Array>();
    for (std::uint32_t i = 0; i < closed.Length(); ++i) closeOnExec(closed.Get(i).As<Napi::Number>().Int32Value());
    execve(path.c_str(), arguments.data(), originalEnvironment().data());
    throw Napi::Error::New(env, path + ": " + std::strerror(errno));
}

}  // namespace

void exportReplaceProcess(Napi::Env env, Napi::Object exports) {
    exports["replaceProcess"] = Napi::Function::New(env, replaceProcess, "replaceProcess");
}

}  // namespace diecast::addon
