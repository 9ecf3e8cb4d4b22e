// SPDX-License-Identifier: MIT
//
// An agent on @grpc/grpc-js. Its one argument is JSON: {address, proto}. It does what each line of its input says, also
// JSON, and answers `done`: {register: {...}} is a service, {report: {...}} a status on its one stream. At the end of
// the input it half-closes, and exits 0 once the server said OK.
'use strict';

const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const { createInterface } = require('node:readline');

async function main({ address, proto }) {
    const { Procjon } = grpc.loadPackageDefinition(loader.loadSync(proto, { keepCase: true }));
    const client = new Procjon(address, grpc.credentials.createInsecure());
    const settle = (resolve, reject) => (error) => (error ? reject(error) : resolve());
    let stream;
    const answer = new Promise((resolve, reject) => {
        stream = client.SendServiceStatus(settle(resolve, reject));
    });

    for await (const line of createInterface({ input: process.stdin })) {
        const { register, report } = JSON.parse(line);
        if (register)
            await new Promise((resolve, reject) => client.RegisterService(register, settle(resolve, reject)));
        else
            stream.write(report);
        console.log('done');
    }
    stream.end();
    await answer;
    client.close();
}

main(JSON.parse(process.argv[2])).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
});
