import type { JsonObject } from '../../objects/json-form.ts';

/** A record of the worked example: where it stands, and its properties. */
export interface ExampleRecord {
  readonly path: readonly string[];
  readonly properties: JsonObject;
}

function depot(id: string, title: string, properties: JsonObject): ExampleRecord {
  return {
    path: ['portal_repository', 'depots', id],
    properties: { portal_type: 'Organisation', title, ...properties },
  };
}

function person(id: string, title: string, properties: JsonObject): ExampleRecord {
  return { path: ['portal_repository', 'people', id], properties: { portal_type: 'Person', title, ...properties } };
}

function document(id: string, title: string, text: string): ExampleRecord {
  return {
    path: ['portal_repository', 'handbook', id],
    properties: { portal_type: 'Document', title, text_content: text },
  };
}

/** The records of an imaginary relief organisation: depots, people, a handbook, and a workspace that is not published. */
export const exampleRecords: readonly ExampleRecord[] = [
  depot('north', 'Depot North', { city: 'Nordhaven', capacity: 120, is_open: true, goods: ['tents', 'blankets'] }),
  depot('river', 'Depot at the River', { city: 'Altbrück', capacity: 80, is_open: true, goods: ['pumps', 'boats'] }),
  depot('hill', 'Depot on the Hill', { city: 'Obermoor', capacity: 45, is_open: false, goods: [] }),
  person('p-001', 'Mirela Tannenfels', { job: 'Coordinator', telephone: '+00 555 0101', depot: 'north' }),
  person('p-002', 'Joren Aldewyk', { job: 'Driver', telephone: '+00 555 0102', depot: 'north' }),
  person('p-003', 'Sunniva Okeke-Brandt', { job: 'Nurse', telephone: '+00 555 0103', depot: 'river' }),
  person('p-004', 'Tavi Rask', { job: 'Engineer', telephone: '+00 555 0104', depot: 'river' }),
  person('p-005', 'Elodie Marchbanks', { job: 'Store keeper', telephone: '+00 555 0105', depot: 'hill' }),
  person('p-006', 'Benat Ōtsuka', { job: 'Radio operator', telephone: '+00 555 0106', depot: 'hill' }),
  document('radio', 'Using the radio', 'Listen first.\nSay who you call, then who you are.\nKeep it short.'),
  document('water', 'Making water safe', 'Let it settle, filter it, then boil it for three minutes.'),
  document('loading', 'Loading a lorry', 'Heavy things low and in the middle.\nWhat is needed first goes in last.'),
  {
    path: ['workspaces', 'members', 'mirela', 'shift-plan'],
    properties: { portal_type: 'Document', title: 'Plan of shifts', text_content: 'Monday: north. Tuesday: river.' },
  },
];
