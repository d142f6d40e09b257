// Setting the clock is refused, reading its state is not. Natively a privileged user would succeed and set the host's
// clock: without --dilated=1 it does nothing.
#include <sys/timex.h>

#include "guest.h"

#define TRY(name, call)                                               \
    do {                                                              \
        errno = 0;                                                    \
        long ret_ = (long)(call);                                     \
        report(name, "ret=%ld errno=%d", ret_, ret_ < 0 ? errno : 0); \
    } while (0)

int main(int argc, char** argv) {
    if (option(argc, argv, "dilated") == NULL) return 2;
    guest_begin();
    int64_t before = clock_ns(CLOCK_REALTIME);
    struct timeval day = timeval_of(before);
    struct timespec time = timespec_of(before);
    struct timezone zone = {0, 0};
    TRY("settimeofday", settimeofday(&day, NULL));
    TRY("raw_settimeofday", syscall(SYS_settimeofday, &day, NULL));
    TRY("raw_settimeofday.zone", syscall(SYS_settimeofday, NULL, &zone));
    TRY("clock_settime.realtime", clock_settime(CLOCK_REALTIME, &time));
    TRY("raw_clock_settime.realtime", syscall(SYS_clock_settime, CLOCK_REALTIME, &time));
    struct timex state;
    static const unsigned modes[] = {ADJ_OFFSET,    ADJ_FREQUENCY, ADJ_STATUS, ADJ_TICK,
                                     ADJ_SETOFFSET, ADJ_NANO,      ADJ_MICRO,  ADJ_TAI};
    for (size_t m = 0; m < LENGTH(modes); m++) {
        char name[64];
        memset(&state, 0, sizeof state);
        state.modes = modes[m];
        state.tick = 10000;
        snprintf(name, sizeof name, "adjtimex.%#x", modes[m]);
        TRY(name, adjtimex(&state));
        memset(&state, 0, sizeof state);
        state.modes = modes[m];
        state.tick = 10000;
        snprintf(name, sizeof name, "clock_adjtime.%#x", modes[m]);
        TRY(name, syscall(SYS_clock_adjtime, CLOCK_REALTIME, &state));
    }
    struct timeval delta = {0, 1000};
    TRY("adjtime", adjtime(&delta, NULL));
    check("clock_unchanged", clock_ns(CLOCK_REALTIME) - before < 10 * SEC, "%lld",
          (long long)(clock_ns(CLOCK_REALTIME) - before));
    memset(&state, 0, sizeof state);
    int ret = adjtimex(&state);
    report("adjtimex.read", "good=%d tick=%ld", ret >= 0 && ret <= 5, state.tick);
    memset(&state, 0, sizeof state);
    ret = (int)syscall(SYS_clock_adjtime, CLOCK_REALTIME, &state);
    report("clock_adjtime.read", "good=%d tick=%ld", ret >= 0 && ret <= 5, state.tick);
    // The time that comes with it is the guest's.
    int64_t now = clock_ns(CLOCK_REALTIME);
    int64_t told = state.time.tv_sec * SEC + state.time.tv_usec * ((state.status & STA_NANO) ? 1 : US);
    check("adjtimex.time", told >= before && told <= now, "%lld off", (long long)(told - now));
    struct timeval left = {-7, -7};
    TRY("adjtime.read", adjtime(NULL, &left));
    TRY("adjtimex.pointer", syscall(SYS_adjtimex, (void*)8));
    return guest_end();
}
