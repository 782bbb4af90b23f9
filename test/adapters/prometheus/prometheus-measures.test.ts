import { describe, expect, it } from 'vitest';
import { PrometheusMeasures } from '../../../src/adapters/prometheus/prometheus-measures.ts';

describe('the measures of a process', () => {
  it('count messages and octets by way and direction', async () => {
    const measures = new PrometheusMeasures();
    measures.message('http', 'sent', 1_000);
    measures.message('http', 'sent', 500);
    measures.message('mailto', 'received', 7);
    const text = await measures.exposition();
    expect(text).toContain('concord_messages_total{way="http",direction="sent"} 2\n');
    expect(text).toContain('concord_message_octets_total{way="http",direction="sent"} 1500\n');
    expect(text).toContain('concord_message_octets_total{way="mailto",direction="received"} 7\n');
  });

  it('sort times into classes', async () => {
    const measures = new PrometheusMeasures();
    measures.store('commit', 0.004);
    measures.delivery('https', 'failed', 20);
    measures.answer('answered', 0.02);
    const text = await measures.exposition();
    expect(text).toContain('concord_store_seconds_bucket{le="0.001",operation="commit"} 0\n');
    expect(text).toContain('concord_store_seconds_bucket{le="0.005",operation="commit"} 1\n');
    expect(text).toContain('concord_delivery_seconds_count{way="https",outcome="failed"} 1\n');
    expect(text).toContain('concord_answer_seconds_bucket{le="0.05",outcome="answered"} 1\n');
  });

  it('are of one process alone, with its own figures', async () => {
    const [one, other] = [new PrometheusMeasures(), new PrometheusMeasures()];
    one.activities('retried', 3);
    one.sync('done');
    expect(await one.exposition()).toContain('concord_activities_tried_total{outcome="retried"} 3\n');
    expect(await one.exposition()).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(await other.exposition()).not.toContain('outcome="retried"} 3');
  });
});
