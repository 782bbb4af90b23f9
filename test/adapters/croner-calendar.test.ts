import { describe, expect, it } from 'vitest';
import { CronerCalendar } from '../../src/adapters/croner/croner-calendar.ts';
import { RequestError } from '../../src/errors/concord-error.ts';

const calendar = new CronerCalendar();
const noon = new Date(2026, 10, 20, 12, 0, 0).getTime();

describe('CronerCalendar', () => {
  it('gives the next time after the one that is asked for, never that time itself', () => {
    expect(calendar.next('0 * * * *', noon)).toBe(noon + 60 * 60 * 1000);
    expect(calendar.next('0 * * * *', noon - 1)).toBe(noon);
  });

  it('knows seconds where there are six fields', () => {
    expect(calendar.next('*/5 * * * * *', noon)).toBe(noon + 5000);
  });

  it('gives nothing for a time that never comes again', () => {
    expect(calendar.next('2020-01-01T00:00:00', noon)).toBeUndefined();
  });

  it.each(['', 'often', '61 * * * *', '* * *'])('refuses “%s” by name', (schedule) => {
    expect(() => calendar.next(schedule, noon)).toThrow(RequestError);
  });
});
