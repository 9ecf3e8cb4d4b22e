/* SPDX-License-Identifier: MIT */
/*
 * err - an error: a code, and one sentence that says what failed and with which value.
 *
 * Owned by the caller, normally on its stack; holds no resources. It is filled where the failure happens.
 * Error codes of libraries (libuv, nghttp2, SQLite, curl, OpenSSL) are converted in the file that makes the
 * call. A NULL `struct err *` is accepted everywhere: the caller needs the code only. Any thread.
 *
 * code: 0 or a negative errno value, as of libuv.
 */
#ifndef PROCJON_BASE_ERR_H
#define PROCJON_BASE_ERR_H

/* Bytes of the sentence with its NUL: a path and a library's own message fit; a longer one is cut. */
#define ERR_MSG_MAX 320

struct err {
    int code;
    char msg[ERR_MSG_MAX];
};

/* Fills `err` and returns `code`, so that a function can end with `return err_set(...)`. */
int err_set(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, and appends ": " and the text of the errno value `-code`. */
int err_errno(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the sentence of `err`; returns its code, or -1 if `err` is NULL. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
