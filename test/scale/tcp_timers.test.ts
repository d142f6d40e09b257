import { expect } from "chai";
import { cappedTcpTimers, socketTimers, tcpTimers } from "../../src/scale/tcp_timers.js";
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

  it("keep what is no time", () => {
    expect(tcpTimers(parseTdf(10, "tdf"))).to.include({ "ipv6/neigh/default/locktime": "0" });
  });

  it("leave the first timeout of SYNs and the wait of acknowledgements to BPF", () => {
    expect(socketTimers(parseTdf("5/2", "tdf"))).to.deep.equal({
      initialTimeoutRealNs: 2.5e9,
      delayedAckRealNs: undefined,
    });
    expect(socketTimers(parseTdf("1/4", "tdf"))).to.deep.equal({
      initialTimeoutRealNs: 0.25e9,
      delayedAckRealNs: 10e6,
    });
  });
});

describe("TCP's numbers of tries", () => {
  const retries = (tdf: number | string, initialTimeoutRealNs?: number) => {
    const settings = tcpTimers(parseTdf(tdf, "tdf"), initialTimeoutRealNs);
    return ["syn_retries", "synack_retries", "retries1", "retries2", "orphan_retries"].map((name) =>
      Number(settings[`ipv4/tcp_${name}`]),
    );
  };

  it("are the kernel's at TDF 1", () => {
    expect(retries(1)).to.deep.equal([6, 5, 3, 15, 0]);
  });

  // By hand, with timeouts of 10, 20, 40, 80, 120, 120 … real seconds: 1270 s are nearest to 150 + 9 × 120 s, 630 s to
  // 150 + 4 × 120 s. Of connections, 9246 s to 204.6 + 75 × 120 s, 1022 s to 204.6 + 7 × 120 s, 30 s to 127 × 0.2 s.
  it("make up for timeouts that do not get longer than 120 real seconds", () => {
    expect(retries(10, 10e9)).to.deep.equal([12, 7, 6, 84, 16]);
  });

  it("make up for a first timeout that stays one real second", () => {
    // 1, 2, … 64, 120 … s: 1270 s are nearest to 127 + 10 × 120 s, 630 s to 127 + 4 × 120 s.
    expect(retries(10).slice(0, 2)).to.deep.equal([16, 10]);
    expect(retries("1/2").slice(0, 2)).to.deep.equal([5, 4]);
  });

  it("stay within what the kernel takes", () => {
    expect(retries(10000, 120e9)).to.deep.equal([127, 255, 255, 255, 255]);
    expect(retries("1/1000", 1e6).every((tries) => tries >= 1)).to.equal(true);
  });
});
