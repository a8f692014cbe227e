/**
 * The directory of a ZIP file (APPNOTE 6.3.10), as far as NPZ and PyTorch need it: stored and deflated members, sizes above
 * 4 GiB. Every offset and size is compared with the file before it is used.
 */

/** One file inside a ZIP file. */
export interface ZipMember {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly crc: number;
  /** Offset of the member's own header in bytes. */
  readonly header: number;
  /** Size in the file, in bytes. */
  readonly compressedSize: number;
  /** Size once decompressed, in bytes. */
  readonly size: number;
}

/** Where the directory of a ZIP file lies. */
export interface ZipDirectory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

const endBytes = 22;
/** How much of a file's end is enough to find its directory: the end record and the longest comment. */
export const zipTailBytes = endBytes + 20 + 56 + 65_535;

function refuse(rule: string, got: string): never {
  throw new RangeError(`decodeZip: ${rule}, got ${got}`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Finds the directory from the end of a ZIP file.
 *
 * @param tail the last bytes of the file, `zipTailBytes` or the whole of a shorter file
 * @param fileSize size of the whole file in bytes
 * @throws RangeError when there is no directory or it lies outside the file
 */
export function findZipDirectory(tail: Uint8Array, fileSize: number): ZipDirectory {
  const view = viewOf(tail);
  const tailStart = fileSize - tail.length;
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    if (view.getUint16(at + 20, true) !== tail.length - at - endBytes) continue;
    let count = view.getUint16(at + 10, true);
    let size = view.getUint32(at + 12, true);
    let offset = view.getUint32(at + 16, true);
    if (at >= 20 && view.getUint32(at - 20, true) === 0x07064b50) {
      const record = Number(view.getBigUint64(at - 12, true)) - tailStart;
      if (record < 0 || record + 56 > tail.length || view.getUint32(record, true) !== 0x06064b50) {
        refuse("the 64-bit end record must lie before the end record", "none there");
      }
      count = Number(view.getBigUint64(record + 32, true));
      size = Number(view.getBigUint64(record + 40, true));
      offset = Number(view.getBigUint64(record + 48, true));
    }
    if (offset + size > fileSize || count * 46 > size) {
      refuse(
        "the directory must lie inside the file",
        `${String(count)} entries in ${String(size)} bytes at ${String(offset)} of ${String(fileSize)}`,
      );
    }
    return { offset, size, count };
  }
  return refuse("file must end with a ZIP directory", "none (is the file cut off?)");
}

/**
 * The members that a directory lists.
 *
 * @param bytes the directory itself
 * @param count number of entries
 * @param fileSize size of the whole file in bytes
 * @throws RangeError when an entry is damaged, encrypted, of another compression, or does not fit the file
 */
export function readZipDirectory(
  bytes: Uint8Array,
  count: number,
  fileSize: number,
): readonly ZipMember[] {
  const view = viewOf(bytes);
  const members: ZipMember[] = [];
  let at = 0;
  for (let entry = 0; entry < count; entry++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      refuse(`entry ${String(entry)} of the directory must be complete`, "something else");
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) refuse("the directory must hold its names", "a cut name");
    members.push(readEntry({ bytes, view, at, nameLength, extraLength, fileSize }));
    at = next;
  }
  return members;
}

interface Entry {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly at: number;
  readonly nameLength: number;
  readonly extraLength: number;
  readonly fileSize: number;
}

function readEntry({ bytes, view, at, nameLength, extraLength, fileSize }: Entry): ZipMember {
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
  const method = view.getUint16(at + 10, true);
  const isEncrypted = (view.getUint16(at + 8, true) & 1) === 1;
  if (isEncrypted || (method !== 0 && method !== 8)) {
    refuse(
      `${JSON.stringify(name)} must be stored or deflated`,
      isEncrypted ? "an encrypted member" : `method ${String(method)}`,
    );
  }
  const wide = [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ];
  widen(wide, view, { from: at + 46 + nameLength, to: at + 46 + nameLength + extraLength });
  const [size, compressedSize, header] = wide as [number, number, number];
  if (header + 30 + compressedSize > fileSize || (method === 0 && size !== compressedSize)) {
    refuse(
      `${JSON.stringify(name)} must lie inside the file`,
      `${String(compressedSize)} bytes at ${String(header)} of ${String(fileSize)}`,
    );
  }
  // Deflate turns 258 bytes into 2 bits at its best.
  if (size > 1032 * compressedSize) {
    refuse(
      `${JSON.stringify(name)} must be at most 1032 times its compressed size`,
      `${String(size)} bytes from ${String(compressedSize)}`,
    );
  }
  return {
    name,
    isDeflated: method === 8,
    crc: view.getUint32(at + 16, true),
    header,
    compressedSize,
    size,
  };
}

/** Replaces the fields that are too small for their values by those of the ZIP64 extra field, in its order. */
function widen(wide: number[], view: DataView, { from, to }: { from: number; to: number }): void {
  for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const end = Math.min(to, at + 4 + view.getUint16(at + 2, true));
    let field = at + 4;
    wide.forEach((value, i) => {
      if (value !== 0xffffffff || field + 8 > end) return;
      wide[i] = Number(view.getBigUint64(field, true));
      field += 8;
    });
  }
}

/**
 * Offset of a member's bytes, which its own header decides.
 *
 * @param member entry of the directory
 * @param header the 30 bytes at `member.header`
 * @throws RangeError when no member begins there
 */
export function memberStart(member: ZipMember, header: Uint8Array): number {
  const view = viewOf(header);
  if (header.length < 30 || view.getUint32(0, true) !== 0x04034b50) {
    refuse(`${JSON.stringify(member.name)} must begin with its own header`, "something else");
  }
  return member.header + 30 + view.getUint16(26, true) + view.getUint16(28, true);
}

/**
 * The members of a ZIP file that is in memory.
 *
 * @throws RangeError when it is not a ZIP file or its directory is damaged
 */
export function zipMembers(bytes: Uint8Array): readonly ZipMember[] {
  const tail = bytes.subarray(Math.max(0, bytes.length - zipTailBytes));
  const { offset, size, count } = findZipDirectory(tail, bytes.length);
  return readZipDirectory(bytes.subarray(offset, offset + size), count, bytes.length);
}

/** The bytes of a member as they are stored; fewer than it declares where the file ends before. */
export function memberBytes(bytes: Uint8Array, member: ZipMember): Uint8Array {
  const start = memberStart(member, bytes.subarray(member.header, member.header + 30));
  return bytes.subarray(start, start + member.compressedSize);
}
