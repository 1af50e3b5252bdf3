// Validates each FHIR resource of a directory as R4 with the npm package fhir, and fails for the first errors.
const fs = require('fs');
const path = require('path');
const {Fhir} = require('fhir');
const fhir = new Fhir(); // has the definitions of R4

const dir = process.argv[2];
let errors = 0, valid = 0;
const types = {};
for (const file of fs.readdirSync(dir).filter(f => f.endsWith('.json')).sort()) {
  const resource = JSON.parse(fs.readFileSync(path.join(dir, file), 'utf8'));
  const result = fhir.validate(resource, {errorOnUnexpected: true});
  const found = result.messages.filter(m => m.severity === 'error' || m.severity === 'fatal');
  types[resource.resourceType] = (types[resource.resourceType] || 0) + 1;
  if (result.valid && found.length === 0) {
    valid++;
    continue;
  }
  errors += found.length || 1;
  for (const m of found.slice(0, 3)) console.error(`${file}: ${m.location}: ${m.message}`);
}
console.log(`${valid} resources are valid R4, ${errors} errors:`, types);
if (errors > 0 || valid === 0) process.exit(1);
