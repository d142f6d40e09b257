import { readFileSync } from "node:fs";
import { expect } from "chai";
import { ROOT } from "../paths.js";

// elf(5)
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_GNU_EH_FRAME = 0x6474e550;
const RELOCATION_TAGS = new Map([
  [2n, "DT_PLTRELSZ"],
  [7n, "DT_RELA"],
  [17n, "DT_REL"],
  [22n, "DT_TEXTREL"],
  [23n, "DT_JMPREL"],
  [36n, "DT_RELR"],
]);
const SEGMENT_SIZE = 56;

interface Segment {
  type: number;
  flags: number;
  offset: number;
  address: number;
  size: number;
}

function segments(elf: Buffer): Segment[] {
  const begin = Number(elf.readBigUInt64LE(32));
  return Array.from({ length: elf.readUInt16LE(56) }, (_, i) => {
    const at = begin + i * SEGMENT_SIZE;
    return {
      type: elf.readUInt32LE(at),
      flags: elf.readUInt32LE(at + 4),
      offset: Number(elf.readBigUInt64LE(at + 8)),
      address: Number(elf.readBigUInt64LE(at + 16)),
      size: Number(elf.readBigUInt64LE(at + 32)),
    };
  });
}

describe("the guest image", () => {
  const elf = readFileSync(`${ROOT}build/native/clock/guest/guest.so`);
  const all = segments(elf);
  const [image] = all.filter((segment) => segment.type === PT_LOAD);

  it("has exactly one loaded segment, at address 0, readable and executable", () => {
    expect(all.filter((segment) => segment.type === PT_LOAD)).to.have.length(1);
    expect(image).to.include({ offset: 0, address: 0, flags: 5 });
  });

  it("has its dynamic section and unwind table inside that segment", () => {
    for (const type of [PT_DYNAMIC, PT_GNU_EH_FRAME]) {
      const [segment] = all.filter((one) => one.type === type);
      expect(segment?.address).to.equal(segment?.offset);
      expect((segment?.address ?? 0) + (segment?.size ?? 0)).to.be.at.most(image?.size ?? 0);
    }
  });

  it("needs no relocation", () => {
    const [dynamic] = all.filter((segment) => segment.type === PT_DYNAMIC);
    const { offset, size } = dynamic ?? { offset: 0, size: 0 };
    for (let at = offset; at < offset + size; at += 16) {
      expect(RELOCATION_TAGS.get(elf.readBigUInt64LE(at))).to.equal(undefined);
    }
  });
});
