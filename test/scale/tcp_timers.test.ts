import { expect } from "chai";
import { cappedTcpTimers, tcpTimers } from "../../src/scale/tcp_timers.js";
import { parseTdf } from "../../src/scale/tdf.js";

describe("the kernel's network timers", () => {
  it("have the kernel's usual values at TDF 1", () => {
    expect(tcpTimers(parseTdf(1, "tdf"))).to.include({
      "ipv4/tcp_rto_min_us": "200000",
      "ipv4/tcp_rto_max_ms": "120000",
      "ipv4/tcp_keepalive_time": "7200",
      "ipv4/neigh/default/base_reachable_time_ms": "30000",
    });
    expect(cappedTcpTimers(parseTdf(1, "tdf"))).to.deep.equal([]);
  });

  it("are multiplied by the TDF, rates divided", () => {
    expect(tcpTimers(parseTdf("5/2", "tdf"))).to.include({
      "ipv4/tcp_rto_min_us": "500000",
      "ipv4/tcp_fin_timeout": "150",
      "ipv4/tcp_keepalive_intvl": "188",
      "ipv6/neigh/default/retrans_time_ms": "2500",
      "ipv4/icmp_msgs_per_sec": "400",
    });
  });

  it("stay within what the kernel takes", () => {
    const slow = parseTdf(10000, "tdf");
    expect(tcpTimers(slow)).to.include({
      "ipv4/tcp_rto_max_ms": "120000",
      "ipv4/tcp_rto_min_us": "2000000000",
      "ipv4/tcp_keepalive_time": "2147483",
      "ipv4/icmp_msgs_per_sec": "1",
    });
    expect(tcpTimers(parseTdf("1/1000", "tdf"))).to.include({
      "ipv4/tcp_rto_max_ms": "1000",
      "ipv4/tcp_fin_timeout": "1",
    });
    expect(cappedTcpTimers(parseTdf(2, "tdf"))).to.deep.equal(["ipv4/tcp_rto_max_ms"]);
  });
});
