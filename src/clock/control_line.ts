import type { Duplex } from "node:stream";

/** What is done with what comes in. */
export interface Listener<Message> {
  /** @throws if the line is no message */
  parse(line: string): Message;
  receive(message: Message): void;
  /** A line was no message, or receive() threw. Nothing more is read. */
  broken(error: Error): void;
}

/**
 * Our end of a control socket to a process of DieCast's own: lines out, messages in, and requests that are answered by
 * their number.
 */
export class ControlLine<Message> {
  /** Settles when the other side is gone, or has closed it. Never rejected. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #requests = new Map<number, (answered: boolean) => void>();
  #lastId = 0;

  constructor(socket: Duplex, listener: Listener<Message>) {
    this.#socket = socket;
    const lines = new LineReader();
    socket.setEncoding("utf8");
    socket.on("data", (piece: string) => {
      try {
        for (const line of lines.push(piece)) listener.receive(listener.parse(line));
      } catch (error) {
        socket.destroy();
        listener.broken(error as Error);
      }
    });
    // The other side may be gone before it has read what we write.
    socket.on("error", () => {});
    this.closed = new Promise((resolve) =>
      socket.once("close", () => {
        for (const settle of this.#requests.values()) settle(false);
        this.#requests.clear();
        resolve();
      }),
    );
  }

  get open(): boolean {
    return this.#socket.writable;
  }

  /** Sends lines; without effect once it is closed. */
  write(...lines: readonly string[]): void {
    if (this.open) this.#socket.write(`${lines.join("\n")}\n`);
  }

  /**
   * Sends a request. Resolves when it has been answered, or, with false, when nobody will.
   * @param line the request, given its number
   */
  ask(line: (id: number) => string): Promise<boolean> {
    if (!this.open) return Promise.resolve(false);
    this.#lastId += 1;
    const id = this.#lastId;
    this.write(line(id));
    return new Promise((resolve) => this.#requests.set(id, resolve));
  }

  /** The other side has done what request number `id` asked for. */
  answered(id: number): void {
    this.#requests.get(id)?.(true);
    this.#requests.delete(id);
  }

  /** The other side takes this as the order to end. */
  close(): void {
    this.#socket.destroy();
  }
}

/** Cuts a stream of text into lines. */
export class LineReader {
  #rest = "";

  /** Takes the next piece and returns the lines it completes. */
  push(piece: string): string[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
