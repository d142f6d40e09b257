#include "tcp/socket_timers.h"

#include <exception>
#include <string>

#include "addon/bindings.h"
#include "addon/numbers.h"

namespace diecast::addon {
namespace {

// They are in force for as long as JavaScript holds the object, or until close().
class SocketTimers : public Napi::ObjectWrap<SocketTimers> {
  public:
    // (cgroup, initialTimeoutRealNs, delayedAckRealNs | undefined)
    explicit SocketTimers(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SocketTimers>(info) {
        const std::string cgroup = info[0].As<Napi::String>();
        tcp::SocketTimers timers{natural(info[1]), {}};
        if (!info[2].IsUndefined()) timers.delayedAckRealNs = natural(info[2]);
        try {
            link_ = tcp::attachSocketTimers(cgroup, timers);
        } catch (const std::exception& error) {
            throw Napi::Error::New(info.Env(), error.what());
        }
    }

    static Napi::Function define(Napi::Env env) {
        return DefineClass(env, "SocketTimers", {InstanceMethod<&SocketTimers::close>("close")});
    }

  private:
    void close(const Napi::CallbackInfo&) { link_.reset(); }

    clock::Fd link_;
};

}  // namespace

void exportSocketTimers(Napi::Env env, Napi::Object exports) {
    exports["SocketTimers"] = SocketTimers::define(env);
}

}  // namespace diecast::addon
