/* SPDX-License-Identifier: MIT */
#include "monitor/speaker.h"

#include <stddef.h>
#include <utlist.h>

void speaker_disown(struct speaker_link *link)
{
    if (link->speaker != NULL)
        DL_DELETE(link->speaker->links, link);
    link->speaker = NULL;
}

void speaker_own(struct speaker *speaker, struct speaker_link *link)
{
    speaker_disown(link);
    DL_APPEND(speaker->links, link);
    link->speaker = speaker;
}

void speaker_leave(struct speaker *speaker)
{
    while (speaker->links != NULL)
        speaker_disown(speaker->links);
}
