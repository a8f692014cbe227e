/**
 * Reads what `torch.save(model.state_dict(), path)` wrote, since version 1.6 a ZIP file and before a row of pickles, without
 * Python and without running anything that the file says.
 *
 * Source: `torch/serialization.py` and `torch/_utils.py` of PyTorch 2 (names and arguments of the constructors).
 */
import { memberBytes, reasonOf, zipMembers } from "@elbo/common";
import { sizeOf } from "../../shape.ts";
import { elementTypes, readElements } from "../elementTypes.ts";
import type { StoredArray, StoredTensor } from "../elementTypes.ts";
import { readPickle } from "./pickle.ts";
import type { Constructor, PickleNames } from "./pickle.ts";
import { isContiguous, readTensor, tensorView } from "./tensorView.ts";
import type { Storage, TensorView } from "./tensorView.ts";

/** Types of storages as safetensors calls them. */
const storageTypes: Readonly<Record<string, string>> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
};

/** Finds the bytes of a storage by its key. */
type Bytes = (key: string) => Uint8Array;

/** A name for the type of a storage, as the pickle gives it. */
interface StorageType {
  readonly storage: string;
}

class Tensor {
  readonly view: TensorView;
  constructor(view: TensorView) {
    this.view = view;
  }
}

const rebuild: Constructor = ([storage, ...place]) =>
  new Tensor(tensorView(storage as Storage, place));
const constructors: Readonly<Record<string, unknown>> = {
  "collections.OrderedDict": () => new Map(),
  "torch._utils._rebuild_tensor": rebuild,
  "torch._utils._rebuild_tensor_v2": rebuild,
  "torch._utils._rebuild_parameter": ([tensor]: readonly unknown[]) => tensor,
  "torch.Size": ([sizes]: readonly unknown[]) => sizes,
};

/**
 * What the names of a file stand for, its storages read by `bytesOf`.
 *
 * @param storages where those that the file names are kept, by key
 * @param fileSize what all storages may have together: members of a ZIP file can overlap
 */
function namesOf(storages: Map<string, Storage>, bytesOf: Bytes, fileSize: number): PickleNames {
  let read = 0;
  const counted = (key: string): Uint8Array => {
    const bytes = bytesOf(key);
    read += bytes.length;
    if (read > fileSize) throw new RangeError("storages that overlap");
    return bytes;
  };
  return {
    global(name) {
      const type = /^torch\.(\w+Storage)$/u.exec(name)?.[1] ?? "";
      if (Object.hasOwn(storageTypes, type))
        return { storage: storageTypes[type] } satisfies StorageType;
      if (Object.hasOwn(constructors, name)) return constructors[name];
      throw new RangeError(`${name} (save model.state_dict() alone)`);
    },
    persistent(id) {
      const [kind, type, key, , length] = Array.isArray(id) ? (id as unknown[]) : [];
      const name = (type as StorageType | undefined)?.storage ?? "";
      if (kind !== "storage" || typeof key !== "string" || !elementTypes.has(name)) {
        throw new RangeError("a persistent value that is no storage");
      }
      let storage = storages.get(key);
      if (storage === undefined) {
        storage = storageOf(name, Number(length), () => counted(key));
        storages.set(key, storage);
      }
      return storage;
    },
  };
}

/** A storage that is read when it is first asked for. */
function storageOf(name: string, length: number, bytesOf: () => Uint8Array): Storage {
  const type = elementTypes.get(name);
  if (type === undefined || !Number.isSafeInteger(length) || length < 0) {
    throw new RangeError("a storage without type or length");
  }
  let elements: StoredArray | undefined;
  const read = (): StoredArray => {
    const bytes = bytesOf();
    if (bytes.length < length * type.bytes) throw new RangeError("a storage that is cut off");
    elements ??= readElements(type, bytes.subarray(0, length * type.bytes));
    if (elements === undefined) throw new RangeError("integers of more than 32 bits");
    return elements;
  };
  return { width: type.bytes, length, read: () => elements ?? read() };
}

/** The value of a ZIP file, and its storages. */
function readZip(bytes: Uint8Array): unknown {
  const listed = zipMembers(bytes);
  const members = new Map(listed.map((member) => [member.name, member]));
  const root = listed.find(({ name }) => /^[^/]+\/data\.pkl$/u.test(name))?.name.slice(0, -8);
  const member = (name: string): Uint8Array => {
    const found = members.get(`${String(root)}${name}`);
    if (found === undefined || found.isDeflated) throw new RangeError(`no stored member ${name}`);
    return memberBytes(bytes, found);
  };
  if (root === undefined) throw new RangeError("no data.pkl");
  if (members.has(`${root}byteorder`)) {
    const order = new TextDecoder().decode(member("byteorder"));
    if (order !== "little") throw new RangeError(`byte order ${order}`);
  }
  const names = namesOf(new Map(), (key) => member(`data/${key}`), bytes.length);
  return readPickle(member("data.pkl"), 0, names).value;
}

/** The value of a file from before version 1.6: magic number, version, system, value, keys of storages, storages. */
function readLegacy(bytes: Uint8Array): unknown {
  const found = new Map<string, Uint8Array>();
  const storages = new Map<string, Storage>();
  const names = namesOf(storages, (key) => found.get(key) ?? new Uint8Array(0), bytes.length);
  let at = 0;
  const next = (): unknown => {
    const { value, end } = readPickle(bytes, at, names);
    at = end;
    return value;
  };
  if (next() !== 0x1950a86a20f9469cfc6cn) throw new RangeError("another kind of file");
  next();
  const system = next();
  if (system instanceof Map && system.get("little_endian") === false) {
    throw new RangeError("byte order big");
  }
  const value = next();
  const keys = next();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of Array.isArray(keys) ? (keys as unknown[]) : []) {
    if (at + 8 > bytes.length) throw new RangeError("the end of the file");
    const end =
      at + 8 + Number(view.getBigUint64(at, true)) * (storages.get(String(key))?.width ?? 0);
    if (end > bytes.length) throw new RangeError("the end of the file");
    found.set(String(key), bytes.subarray(at + 8, end));
    at = end;
  }
  return value;
}

/** Deeper and longer than checkpoints are: what refers to itself, or to one dictionary many times, is refused by it. */
const maximalDepth = 8;
const maximalEntries = 1_000_000;

/** The tensors of a dictionary and of those inside it, by their keys with dots between. */
function collect(root: unknown, maximalCopies: number): ReadonlyMap<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  let entries = 0;
  let copied = 0;
  const visit = (value: unknown, name: string, depth: number): void => {
    if (depth > maximalDepth || ++entries > maximalEntries) {
      throw new RangeError("dictionaries within dictionaries without an end");
    }
    if (value instanceof Tensor) {
      copied += isContiguous(value.view) ? 0 : sizeOf(value.view.shape);
      if (copied > maximalCopies) throw new RangeError("one storage in very many orders");
      tensors.set(name, readTensor(value.view));
    }
    if (!(value instanceof Map)) return;
    for (const [key, entry] of value) {
      visit(entry, name === "" ? String(key) : `${name}.${String(key)}`, depth + 1);
    }
  };
  visit(root, "", 0);
  return tensors;
}

/**
 * The tensors that PyTorch saved, by name: those of `torch.save(model.state_dict(), path)`, in both of its formats. Tensors of
 * a dictionary inside (`{"state_dict": ..., "epoch": 3}`) have the keys on the way before their names, with dots between; what
 * is no tensor (epochs, settings of optimizers) is left out. Half and brain floats become 32-bit floats, exactly; integers of
 * other widths become 32-bit ones; booleans are 0 and 1. Nothing in the file is run.
 *
 * @param source name of the file for messages
 * @throws Error in one sentence for a file that is damaged, of another kind, or holds objects of other classes
 */
export function decodePytorch(
  bytes: Uint8Array,
  source: string,
): ReadonlyMap<string, StoredTensor> {
  let tensors: ReadonlyMap<string, StoredTensor>;
  try {
    const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
    tensors = collect(isZip ? readZip(bytes) : readLegacy(bytes), 4 * bytes.length);
  } catch (error) {
    throw new Error(
      `decodePytorch: ${source} must hold the tensors of a state_dict as torch.save writes them, got ${reasonOf(error)}`,
      { cause: error },
    );
  }
  if (tensors.size === 0) {
    throw new Error(`decodePytorch: ${source} must hold a dictionary of tensors, got none`);
  }
  return tensors;
}
