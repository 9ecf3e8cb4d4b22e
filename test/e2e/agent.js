// SPDX-License-Identifier: MIT
//
// An agent on @grpc/grpc-js. Its one argument is JSON: {address, proto, service: {...}, reports: [[code, delay ms], ...]}.
// Registers, reports each code and waits the delay after it, half-closes, and exits 0 once the server said OK.
'use strict';

const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const { setTimeout: wait } = require('node:timers/promises');

async function main({ address, proto, service, reports }) {
    const { Procjon } = grpc.loadPackageDefinition(loader.loadSync(proto, { keepCase: true }));
    const client = new Procjon(address, grpc.credentials.createInsecure());
    await new Promise((resolve, reject) =>
        client.RegisterService(service, (error) => (error ? reject(error) : resolve())));

    await new Promise((resolve, reject) => {
        const stream = client.SendServiceStatus((error) => (error ? reject(error) : resolve()));
        (async () => {
            for (const [code, delay] of reports) {
                stream.write({ serviceIdentifier: service.serviceIdentifier, statusCode: code });
                await wait(delay);
            }
            stream.end();
        })();
    });
    client.close();
}

main(JSON.parse(process.argv[2])).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
});
