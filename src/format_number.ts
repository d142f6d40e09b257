/** Four significant digits, without an exponent for what people read: 0.01234, 12.34, 1234, 1234567. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return `${value}`;
  const size = Math.abs(value);
  if (size >= 1000) return value.toFixed(0);
  if (size !== 0 && size < 1e-4) return value.toExponential(2);
  return `${Number(value.toPrecision(4))}`;
}
