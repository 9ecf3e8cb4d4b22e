/* SPDX-License-Identifier: MIT */
/* A Service message is rejected with a reason, or is within all limits. */
#include <stdlib.h>
#include <string.h>

#include "api/registration.h"
#include "base/utf8.h"
#include "fuzz.h"

static void check(const char *text, size_t size, size_t max)
{
    if (size == 0 || size > max || strlen(text) != size || !utf8_is_text((const uint8_t *)text, size))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct registration registration;
    struct status status = {.code = STATUS_OK};
    static struct arena arena; /* once: it is larger than what it is filled with */

    if (arena.allocator.alloc == NULL)
        arena_init(&arena);
    arena_reset(&arena);
    if (registration_decode(&registration, &arena, data, size, &status) == 0) {
        check(registration.id, registration.id_size, REGISTRATION_ID_MAX);
        if (registration.timeout_s < 1 || registration.timeout_s > REGISTRATION_TIMEOUT_MAX ||
            registration.status_count > REGISTRATION_STATUSES_MAX)
            abort();
        for (size_t i = 0; i < registration.status_count; i++)
            check(registration.statuses[i].text, strlen(registration.statuses[i].text),
                  REGISTRATION_TEXT_MAX);
    } else if (status.code != STATUS_INVALID_ARGUMENT || status.message[0] == '\0') {
        abort();
    }
    return 0;
}
