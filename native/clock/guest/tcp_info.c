// struct tcp_info: the kernel's TCP measures in real time.
#include "guest.h"

enum kind { DURATION_32, DURATION_64, RATE_64 };

// Offsets as in linux/tcp.h, which libc and kernel headers of different ages spell out to different lengths.
static const struct {
    uint16_t offset;
    uint8_t kind;
} fields[] = {
    {8, DURATION_32},    // tcpi_rto
    {12, DURATION_32},   // tcpi_ato
    {44, DURATION_32},   // tcpi_last_data_sent
    {48, DURATION_32},   // tcpi_last_ack_sent
    {52, DURATION_32},   // tcpi_last_data_recv
    {56, DURATION_32},   // tcpi_last_ack_recv
    {68, DURATION_32},   // tcpi_rtt
    {72, DURATION_32},   // tcpi_rttvar
    {92, DURATION_32},   // tcpi_rcv_rtt
    {104, RATE_64},      // tcpi_pacing_rate
    {112, RATE_64},      // tcpi_max_pacing_rate
    {148, DURATION_32},  // tcpi_min_rtt
    {160, RATE_64},      // tcpi_delivery_rate
    {168, DURATION_64},  // tcpi_busy_time
    {176, DURATION_64},  // tcpi_rwnd_limited
    {184, DURATION_64},  // tcpi_sndbuf_limited
    {244, DURATION_32},  // tcpi_total_rto_time (Linux 6.7)
};

static void convert(uint8_t* at, enum kind kind, uint64_t rate) {
    switch (kind) {
        case DURATION_32:
            // All bits set means "not known" in tcpi_min_rtt.
            if (*(uint32_t*)at != UINT32_MAX) {
                int64_t shown = dc_scale_down(*(uint32_t*)at, rate);
                *(uint32_t*)at = shown < UINT32_MAX ? (uint32_t)shown : UINT32_MAX - 1;
            }
            break;
        case DURATION_64:
            *(uint64_t*)at = (uint64_t)dc_scale_down((int64_t) * (uint64_t*)at, rate);
            break;
        case RATE_64:
            if (*(uint64_t*)at < (uint64_t)INT64_MAX)
                *(uint64_t*)at = (uint64_t)dc_scale_up((int64_t) * (uint64_t*)at, rate);
            break;
    }
}

void convert_tcp_info(uint8_t* info, uint64_t length) {
    struct snapshot now;
    read_clock(&now);
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        uint64_t end = fields[i].offset + (fields[i].kind == DURATION_32 ? 4u : 8u);
        if (end <= length) convert(info + fields[i].offset, fields[i].kind, now.mapping.nominal_rate);
    }
}
