/** `ln (1/k sum exp(v_i))` of values that come one at a time, in float64 and without overflow. */
export class LogMeanExp {
  private largest = -Infinity;
  /** `sum exp(v_i - largest)`. */
  private sum = 0;
  private count = 0;

  add(value: number): void {
    this.count++;
    if (value === -Infinity) return;
    if (value <= this.largest) {
      this.sum += Math.exp(value - this.largest);
    } else if (value > this.largest) {
      this.sum = this.sum * Math.exp(this.largest - value) + 1;
      this.largest = value;
    } else {
      this.sum = NaN;
    }
  }

  value(): number {
    return this.largest + Math.log(this.sum) - Math.log(this.count);
  }
}
