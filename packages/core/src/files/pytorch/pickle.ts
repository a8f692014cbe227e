/**
 * Reads pickles that hold plain values and what a given table of constructors makes: no code of the file is run, and a name
 * that the table lacks is refused.
 *
 * Source: the opcodes of Python's `pickletools`, protocols 2 to 5.
 */

/** What a pickle holds: values, arrays of them, dictionaries, and what constructors made. */
export type Pickled = unknown;

/** Makes what the pickle asks for by `module.name`; throws for one that it does not know. */
export interface PickleNames {
  /** What a name stands for: a function of arguments, or any value. */
  readonly global: (name: string) => Pickled;
  /** What a persistent id stands for. */
  readonly persistent: (id: Pickled) => Pickled;
}

/** What is called to make a value. */
export type Constructor = (parts: readonly Pickled[]) => Pickled;

const mark = Symbol("mark");
const utf8 = new TextDecoder();

/** A stack with the marks of collections, the memo, and a place in the bytes. */
class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #names: PickleNames;
  readonly #stack: Pickled[] = [];
  readonly #memo = new Map<number, Pickled>();
  at: number;

  constructor(bytes: Uint8Array, at: number, names: PickleNames) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#names = names;
    this.at = at;
  }

  take(count: number): Uint8Array {
    if (count > this.#bytes.length - this.at) throw new RangeError("the end of the file");
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }
  byte = (): number => this.take(1)[0];
  short = (): number => this.#view.getUint16(this.#skip(2), true);
  int = (): number => this.#view.getInt32(this.#skip(4), true);
  size = (): number => this.#view.getUint32(this.#skip(4), true);
  wideSize = (): number => Number(this.#view.getBigUint64(this.#skip(8), true));
  float = (): number => this.#view.getFloat64(this.#skip(8), false);
  text = (length: number): string => utf8.decode(this.take(length));
  line(): string {
    const end = this.#bytes.indexOf(10, this.at);
    if (end < 0) throw new RangeError("the end of the file");
    const line = this.text(end - this.at);
    this.at = end + 1;
    return line;
  }
  #skip(count: number): number {
    this.take(count);
    return this.at - count;
  }

  push = (value: Pickled): void => void this.#stack.push(value);
  pop(): Pickled {
    if (this.#stack.length === 0) throw new RangeError("a value that is not there");
    return this.#stack.pop();
  }
  top(): Pickled {
    if (this.#stack.length === 0) throw new RangeError("a value that is not there");
    return this.#stack[this.#stack.length - 1];
  }
  mark = (): void => this.push(mark);
  popToMark(): Pickled[] {
    const from = this.#stack.lastIndexOf(mark);
    if (from < 0) throw new RangeError("a collection that does not begin");
    return this.#stack.splice(from).slice(1);
  }

  put = (key: number): void => void this.#memo.set(key, this.top());
  memoize = (): void => this.put(this.#memo.size);
  get(key: number): void {
    if (!this.#memo.has(key)) throw new RangeError("a value that is not remembered");
    this.push(this.#memo.get(key));
  }

  global = (module: string, name: string): void =>
    this.push(this.#names.global(`${module}.${name}`));
  stackGlobal(): void {
    const [name, module] = [this.pop(), this.pop()];
    this.global(String(module), String(name));
  }
  persistent = (): void => this.push(this.#names.persistent(this.pop()));
  call(): void {
    const parts = this.pop();
    const made = this.pop();
    if (typeof made !== "function" || !Array.isArray(parts)) {
      throw new RangeError("a call of something else than a constructor");
    }
    this.push((made as Constructor)(parts));
  }
  /** The state of a dictionary (PyTorch keeps versions of layers there) is nothing that counts here. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map)) throw new RangeError("the state of an object");
  }

  setItems(pairs: readonly Pickled[]): void {
    const target = this.top();
    if (!(target instanceof Map))
      throw new RangeError("entries of something else than a dictionary");
    for (let i = 0; i + 1 < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
  }
  append(values: readonly Pickled[]): void {
    const target = this.top();
    if (!Array.isArray(target)) throw new RangeError("entries of something else than a list");
    for (const value of values) target.push(value);
  }
  tuple(count: number): void {
    const parts = Array.from({ length: count }, () => this.pop());
    this.push(parts.reverse());
  }
  setItem(): void {
    const [value, key] = [this.pop(), this.pop()];
    this.setItems([key, value]);
  }
}

/** An integer of any length, two's complement, as number or bigint; PyTorch writes its magic number so. */
function long(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  value = BigInt.asIntN(8 * bytes.length, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** What each opcode does. */
const opcodes: ReadonlyMap<number, (m: Machine) => void> = new Map<number, (m: Machine) => void>(
  Object.entries<(m: Machine) => void>({
    "\x80": (m) => void m.byte(), // PROTO
    "\x95": (m) => void m.take(8), // FRAME
    "(": (m) => m.mark(),
    "0": (m) => void m.pop(),
    "1": (m) => void m.popToMark(),
    "2": (m) => m.push(m.top()),
    N: (m) => m.push(null),
    "\x88": (m) => m.push(true),
    "\x89": (m) => m.push(false),
    J: (m) => m.push(m.int()),
    K: (m) => m.push(m.byte()),
    M: (m) => m.push(m.short()),
    "\x8a": (m) => m.push(long(m.take(m.byte()))),
    "\x8b": (m) => m.push(long(m.take(Math.min(m.size(), 2 ** 10)))),
    G: (m) => m.push(m.float()),
    X: (m) => m.push(m.text(m.size())),
    "\x8c": (m) => m.push(m.text(m.byte())),
    "\x8d": (m) => m.push(m.text(m.wideSize())),
    T: (m) => m.push(m.text(m.size())),
    U: (m) => m.push(m.text(m.byte())),
    B: (m) => m.push(m.take(m.size())),
    C: (m) => m.push(m.take(m.byte())),
    "]": (m) => m.push([]),
    a: (m) => {
      const value = m.pop();
      m.append([value]);
    },
    e: (m) => m.append(m.popToMark()),
    ")": (m) => m.push([]),
    t: (m) => m.push(m.popToMark()),
    "\x85": (m) => m.tuple(1),
    "\x86": (m) => m.tuple(2),
    "\x87": (m) => m.tuple(3),
    "}": (m) => m.push(new Map()),
    s: (m) => m.setItem(),
    u: (m) => m.setItems(m.popToMark()),
    q: (m) => m.put(m.byte()),
    r: (m) => m.put(m.size()),
    "\x94": (m) => m.memoize(),
    h: (m) => m.get(m.byte()),
    j: (m) => m.get(m.size()),
    c: (m) => {
      const module = m.line();
      m.global(module, m.line());
    },
    "\x93": (m) => m.stackGlobal(),
    Q: (m) => m.persistent(),
    R: (m) => m.call(),
    "\x81": (m) => m.call(), // NEWOBJ
    b: (m) => m.build(),
  }).map(([code, action]) => [code.charCodeAt(0), action]),
);

/**
 * Reads one pickle.
 *
 * @param bytes holds it
 * @param at where it begins
 * @param names what its names stand for
 * @returns its value and where it ends
 * @throws RangeError whose message says what was found that should not be there; whatever `names` throws
 */
export function readPickle(
  bytes: Uint8Array,
  at: number,
  names: PickleNames,
): { readonly value: Pickled; readonly end: number } {
  const machine = new Machine(bytes, at, names);
  for (;;) {
    const code = machine.byte();
    if (code === 0x2e) return { value: machine.pop(), end: machine.at };
    const action = opcodes.get(code);
    if (action === undefined) throw new RangeError(`opcode 0x${code.toString(16)}`);
    action(machine);
  }
}
