/** Short forms for operations that other operations are made of. */
import { binary } from "./elementwise.ts";
import { scalar } from "./leaves.ts";
import type { Value } from "../value.ts";

/** A value or a number, which becomes a scalar of the other side's type. */
export type Term = Value | number;

function term(x: Term, like: Term): Value {
  if (typeof x !== "number") return x;
  return scalar(x, typeof like === "number" ? "float32" : like.dtype);
}

/** `a + b` */
export function add(a: Term, b: Term): Value {
  return binary("add", term(a, b), term(b, a));
}

/** `a - b` */
export function sub(a: Term, b: Term): Value {
  return binary("sub", term(a, b), term(b, a));
}

/** `a * b` */
export function mul(a: Term, b: Term): Value {
  return binary("mul", term(a, b), term(b, a));
}

/** `a / b` */
export function div(a: Term, b: Term): Value {
  return binary("div", term(a, b), term(b, a));
}

/** `a < b` */
export function less(a: Term, b: Term): Value {
  return binary("less", term(a, b), term(b, a));
}

/** `a == b` */
export function equal(a: Term, b: Term): Value {
  return binary("equal", term(a, b), term(b, a));
}
