/** What may come before it in the order of the server, by code points, and after it in that of JavaScript. */
const ordersOtherwise = /[\ud800-\uffff]/;

/**
 * The condition that a field has one of these values. Between bounds it is sooner seen that a row has none: some servers compare each row with each value, and a first
 * sync asks for hundreds that come after all that is there.
 */
export function oneOf(values: readonly string[]): string | Readonly<Record<string, unknown>> {
  const [only] = values;
  if (only === undefined) return { $in: values };
  if (values.length === 1) return only;
  let [least, greatest] = [only, only];
  for (const value of values) {
    if (ordersOtherwise.test(value)) return { $in: values };
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return { $gte: least, $lte: greatest, $in: values };
}
