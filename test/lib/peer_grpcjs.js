// SPDX-License-Identifier: MIT
//
// A server of procjon.proto on @grpc/grpc-js; see peers.py.
'use strict';

const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const readline = require('node:readline');

const GRACE_MS = 20000; // that a server leaves to what is open: more than an agent needs

const [age, proto] = [Number(process.argv[2]), process.argv[3]];
const options = age
    ? { 'grpc.max_connection_age_ms': age, 'grpc.max_connection_age_grace_ms': GRACE_MS }
    : {};
const server = new grpc.Server(options);
let refuses = false;
let forgets = false;

function tell(...words) {
    console.log(words.join(' '));
}

function RegisterService({ request }, answer) {
    if (refuses) {
        refuses = false;
        answer({ code: grpc.status.UNAVAILABLE, details: 'not now' });
        return;
    }
    tell('registered', request.serviceIdentifier, request.timeout);
    answer(null, {});
}

function SendServiceStatus(stream, answer) {
    stream.on('data', (status) => {
        if (forgets) {
            forgets = false;
            answer({ code: grpc.status.NOT_FOUND, details: 'never heard of it' });
            return;
        }
        tell('status', status.serviceIdentifier, status.statusCode);
    });
    stream.on('error', () => {});
    stream.on('end', () => {
        tell('ended');
        answer(null, {});
    });
}

function obey(word) {
    if (word === 'refuse') {
        refuses = true;
    } else if (word === 'forget') {
        forgets = true;
    } else if (word === 'leave') {
        server.tryShutdown(() => process.exit());
        setTimeout(() => process.exit(), GRACE_MS);
    }
    tell('heard', word);
}

const { Procjon } = grpc.loadPackageDefinition(loader.loadSync(proto, { keepCase: true, defaults: true }));
server.addService(Procjon.service, { RegisterService, SendServiceStatus });
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) {
        throw error;
    }
    tell('port', port);
    readline.createInterface({ input: process.stdin }).on('line', obey);
});
