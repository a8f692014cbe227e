/** A file as `torch.save(state, path, _use_new_zipfile_serialization=False)` writes it, so that a large one need not be committed. */
interface Floats {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

const proto = "\x80\x02";
const int = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return `J${bytes.toString("latin1")}`;
};
const text = (value: string): string => `X${int(value.length).slice(1)}${value}`;
const tuple = (...parts: readonly string[]): string => `(${parts.join("")}t`;

const stridesOf = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));

/** Magic number, version, system, dictionary, keys, storages: each is written as PyTorch's `_legacy_save` does. */
export function pytorchFile(state: Readonly<Record<string, Floats>>): Uint8Array {
  const entries = Object.entries(state);
  const tensors = entries.map(([name, { data, shape }], key) => {
    const id = tuple(
      text("storage"),
      "ctorch\nFloatStorage\n",
      text(String(key)),
      text("cpu"),
      int(data.length),
      "N",
    );
    const view = [
      `${id}Q`,
      int(0),
      tuple(...shape.map(int)),
      tuple(...stridesOf(shape).map(int)),
      "\x89",
      "}",
    ];
    return `${text(name)}ctorch._utils\n_rebuild_tensor_v2\n${tuple(...view)}R`;
  });
  const pickles = [
    "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19",
    "M\xe9\x03",
    "}",
    `}(${tensors.join("")}u`,
    `](${entries.map((_, key) => text(String(key))).join("")}e`,
  ];
  const storages = entries.flatMap(([, { data }]) => {
    const length = Buffer.alloc(8);
    length.writeBigInt64LE(BigInt(data.length));
    return [length, Buffer.from(data.buffer, data.byteOffset, data.byteLength)];
  });
  const head = pickles.map((pickle) => `${proto}${pickle}.`).join("");
  return Buffer.concat([Buffer.from(head, "latin1"), ...storages]);
}
