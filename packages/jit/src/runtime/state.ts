import * as tf from "@tensorflow/tfjs-core";
import { arrayFor } from "../graph/operations/leaves.ts";
import type { DType, TypedArray } from "../types.ts";
import { allocateRegion, type Memory, type Region } from "./memory.ts";
import type { OrtTensor } from "./ort.ts";

/**
 * Where the runtime keeps the value of a variable.
 *
 * There is one slot per variable in the whole process, shared by every compiled function that declares the variable, so
 * that an evaluation sees what the training step just wrote. It is freed when the last of them is disposed.
 */
export interface Slot {
  readonly variable: tf.Variable;
  /** The value in memory; stale while `remote` is there. */
  region: Region;
  /** The newest value, when a device holds it. */
  remote?: OrtTensor | undefined;
  users: number;
}

const slots = new WeakMap<tf.Variable, Slot>();

/** The slot of a variable, made in `memory` from the variable's value when there is none; pair it with {@link releaseSlot}. */
export async function acquireSlot(variable: tf.Variable, memory: Memory): Promise<Slot> {
  const existing = slots.get(variable);
  if (existing) {
    existing.users++;
    return existing;
  }
  const region = allocateRegion(memory, variable.dtype as DType, variable.size);
  const slot: Slot = { variable, region, users: 1 };
  slots.set(variable, slot);
  region.view().set(await variable.data<"float32">());
  return slot;
}

/** Brings a value into the memory that a program computes in. */
export function moveSlot(slot: Slot, memory: Memory): void {
  const { region } = slot;
  if (region.block.memory === memory) return;
  const moved = allocateRegion(memory, region.dtype, region.length);
  moved.view().set(region.view());
  region.block.release();
  slot.region = moved;
}

/** Fetches a value that a device holds, so that `region` is the newest again. */
export async function settle(slot: Slot): Promise<void> {
  const { remote } = slot;
  if (!remote) return;
  slot.region.view().set((await remote.getData()) as TypedArray);
  remote.dispose();
  slot.remote = undefined;
}

/** Gives a slot back. */
export function releaseSlot(slot: Slot): void {
  if (--slot.users > 0) return;
  slot.region.block.release();
  slot.remote?.dispose();
  slots.delete(slot.variable);
}

/** Writes the runtime's value into the variable; nothing happens without a slot. */
export async function pullVariable(variable: tf.Variable): Promise<void> {
  const slot = slots.get(variable);
  if (!slot) return;
  await settle(slot);
  const values = arrayFor(variable.dtype as DType, slot.region.view());
  const fresh = tf.tensor(values, variable.shape, variable.dtype);
  variable.assign(fresh);
  fresh.dispose();
}

/** Takes the value from the variable; nothing happens without a slot. */
export async function pushVariable(variable: tf.Variable): Promise<void> {
  const slot = slots.get(variable);
  if (!slot) return;
  slot.remote?.dispose();
  slot.remote = undefined;
  slot.region.view().set(await variable.data<"float32">());
}

/** A copy of the newest value of a variable. */
export async function currentValue(variable: tf.Variable): Promise<TypedArray> {
  const slot = slots.get(variable);
  if (slot) await settle(slot);
  return arrayFor(
    variable.dtype as DType,
    slot?.region.view() ?? (await variable.data<"float32">()),
  );
}

/** Whether the runtime holds a value of the variable that may be newer than its own. */
export function hasSlot(variable: tf.Variable): boolean {
  return slots.has(variable);
}
