/* SPDX-License-Identifier: MIT */
/*
 * err - what went wrong, in one sentence, with the value it went wrong on.
 *
 * Owned by the caller, normally on its stack; holds no resources. Filled at the place of the failure. Foreign
 * error numbers (uv, nghttp2, SQLite, curl, OpenSSL) are converted in the file that made the call and travel
 * no further. A NULL `struct err *` is accepted everywhere and means "I only want the code".
 *
 * code: 0 or a negative errno value (the numbers libuv uses too).
 */
#ifndef PROCJON_BASE_ERR_H
#define PROCJON_BASE_ERR_H

/* Longest sentence kept, with its NUL: a path and a library's own message fit. */
#define ERR_MSG_MAX 320

struct err {
    int code;
    char msg[ERR_MSG_MAX];
};

/* Fills `err` and returns `code`, so that a function can end with `return err_set(...)`. */
int err_set(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, and ends the sentence with ": " and the text of the errno value `-code`. */
int err_errno(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before what `err` already says; returns the code that it holds. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
