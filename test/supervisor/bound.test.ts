import { expect, it } from 'vitest';
import { announcedPorts } from '../../src/supervisor/bound.ts';

it('reads the port of a server from its announcement, and no other URL', () => {
  const lines = [
    'INFO: Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)',
    'main: server is listening on http://0.0.0.0:8080 - starting the main loop',
    'Listening at: http://[::1]:9000/',
    'Started a local Ray instance. View the dashboard at http://127.0.0.1:8265',
    'serving metrics on http://127.0.0.1:9400/metrics',
    'downloading http://hub.example:444/model',
    'tcp://127.0.0.1:5555 is ready',
  ];
  expect([...announcedPorts(lines)]).toEqual([8000, 8080, 9000]);
});
