#include "addon/bindings.h"
#include "clock/kernel_probe.h"

namespace diecast::addon {
namespace {

// null: there; else why not.
Napi::Value problem(Napi::Env env, const clock::ProbeResult& result) {
    if (result.available) return env.Null();
    return Napi::String::New(env, result.problem);
}

Napi::Value probe(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const clock::SeccompProbe seccomp = clock::probeSeccomp();
    Napi::Object found = Napi::Object::New(env);
    found["seccompTrap"] = problem(env, seccomp.trap);
    found["seccompNotify"] = problem(env, seccomp.notify);
    found["notifyContinue"] = problem(env, seccomp.continueCall);
    found["notifyAddFd"] = problem(env, seccomp.addFd);
    found["notifyAddFdSend"] = problem(env, seccomp.addFdSend);
    found["ptrace"] = problem(env, clock::probePtrace());
    found["vdso"] = problem(env, clock::probeVdso());
    found["epollPwait2"] = problem(env, clock::probeEpollPwait2());
    found["pidfdGetfd"] = problem(env, clock::probePidfdGetfd());
    return found;
}

}  // namespace

void exportProbe(Napi::Env env, Napi::Object exports) {
    exports["probeKernel"] = Napi::Function::New(env, probe, "probeKernel");
}

}  // namespace diecast::addon
