// Who may not: nobody, a stranger, a forger, and somebody with another scope. Each is refused for its own reason.
import http from 'k6/http';
import { as, base, everyCheck, is, length, readerToken } from './common.js';

export const options = { vus: 20, duration: length('30s'), thresholds: everyCheck };

http.setResponseCallback(http.expectedStatuses(401, 403, 404));

const bearer = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
const [head, payload, signature] = readerToken.split('.');
const forged = `${head}.${payload}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;

export default function () {
  const url = `${base}/v1/catalog/1`;
  is(http.get(url), 401, 'auth.missing');
  is(http.get(url, { headers: { Authorization: 'Basic YTpi' } }), 401, 'auth.missing');
  is(http.get(url, bearer('nonsense')), 401, 'auth.malformed');
  is(http.get(url, bearer('x'.repeat(10240))), 401, 'auth.malformed');
  is(http.get(url, bearer(forged)), 401, 'auth.signature');
  is(http.post(`${base}/v1/orders`, '{}', as('reader', { 'Content-Type': 'application/json' })), 403, 'authz.scope');
  is(http.get(`${base}/nowhere`), 404, 'route.none');
}
