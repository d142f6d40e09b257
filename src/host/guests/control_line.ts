import type { Duplex } from "node:stream";
import { type ControlEvent, LineReader, parseEvent } from "../../clock/control.js";

/** Our end of a control socket of diecast-launch, for guests and what runs in them. */
export class ControlLine {
  /** Settles when the other side is gone, or has closed it. Never rejected. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;

  /** @param receive called with each message; what it throws closes the line */
  constructor(socket: Duplex, receive: (message: ControlEvent) => void) {
    this.#socket = socket;
    const lines = new LineReader();
    socket.setEncoding("utf8");
    socket.on("data", (piece: string) => {
      try {
        for (const line of lines.push(piece)) receive(parseEvent(line));
      } catch (error) {
        process.emitWarning((error as Error).message, "DieCastWarning");
        socket.destroy();
      }
    });
    // The other side may be gone before it has read what we write.
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  get open(): boolean {
    return this.#socket.writable;
  }

  ask(request: "kick" | "signal" | "end" | "kill", number = 0): void {
    if (this.open) this.#socket.write(`${request} ${number}\n`);
  }

  /** The other side takes this as the order to end. */
  close(): void {
    this.#socket.destroy();
  }
}
