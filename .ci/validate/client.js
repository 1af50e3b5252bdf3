// Reads the facade with the npm package fhir-kit-client: capability statement, search, paging and read.
//   node client.js <address> <token>
const load = import('fhir-kit-client').then(m => m.default && m.default.default ? m.default.default : m.default || m.Client);
const assert = require('node:assert');

async function main(baseUrl, token) {
  const Client = await load;
  const client = new Client({baseUrl, bearerToken: token});

  const statement = await client.capabilityStatement();
  assert.strictEqual(statement.fhirVersion, '4.0.1');
  const types = statement.rest[0].resource.map(r => r.type);
  for (const type of ['Patient', 'Practitioner', 'Appointment']) assert.ok(types.includes(type), type);

  const day = n => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10);
  let page = await client.search({
    resourceType: 'Appointment', searchParams: {date: [`ge${day(0)}`, `lt${day(15)}`], _count: 2},
  });
  const found = [];
  let pages = 0;
  while (page) {
    pages++;
    assert.ok(pages < 20);
    for (const entry of page.entry || []) found.push(entry.resource);
    page = page.link.some(l => l.relation === 'next') ? await client.nextPage({bundle: page}) : null;
  }
  assert.ok(pages >= 3, `${pages} pages`);
  const starts = found.map(a => Date.parse(a.start));
  assert.deepStrictEqual(starts, [...starts].sort((a, b) => a - b));
  const systems = new Set(found.map(a => a.id.split('-')[0]));
  assert.deepStrictEqual([...systems].sort(), ['clinik', 'ekacare', 'snapcare', 'welkin']);

  const actor = found.flatMap(a => a.participant).map(p => p.actor.reference).find(r => r && r.startsWith('Patient/'));
  const [resourceType, id] = actor.split('/');
  const patient = await client.read({resourceType, id});
  assert.strictEqual(patient.id, id);

  const people = await client.search({resourceType: 'Patient', searchParams: {name: 'mei'}});
  assert.strictEqual(people.entry.length, 1);

  const everybody = await client.search({resourceType: 'Patient', searchParams: {_count: 500}});
  const conditions = await client.search({
    resourceType: 'Condition', searchParams: {patient: everybody.entry.map(e => `Patient/${e.resource.id}`).join(',')},
  });
  const charts = conditions.entry.map(e => e.resource);
  assert.deepStrictEqual(charts.map(c => c.id.split('-')[0]).sort(), ['clinik', 'ekacare', 'snapcare']);
  for (const condition of charts) {
    const again = await client.read({resourceType: 'Condition', id: condition.id});
    assert.deepStrictEqual(again.code, condition.code);
  }

  await assert.rejects(client.read({resourceType: 'Patient', id: 'nobody'}), err => (err.response || err).status === 404);
  const stranger = new Client({baseUrl});
  await assert.rejects(stranger.search({resourceType: 'Patient', searchParams: {}}), err => (err.response || err).status === 401);
  console.log(`fhir-kit-client read ${types.length} types, ${found.length} appointments of ${systems.size} systems on ${pages} pages, and ${charts.length} charts`);
}

main(process.argv[2], process.argv[3]).catch(err => {
  console.error(err);
  process.exit(1);
});
