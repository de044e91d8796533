// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/tied_head.h"

#include <algorithm>

namespace bitloom {

std::string tiedHeadUnsupported(const Checkpoint& checkpoint, std::string_view head,
                                std::string_view words)
{
    const StoredTensor* own = checkpoint.find(head);
    const StoredTensor* table = checkpoint.find(words);
    if (!own || !table ||
        (own->type == table->type && std::ranges::equal(own->bytes, table->bytes)))
        return {};
    return "tie_word_embeddings is true, but " + std::string(head) + " is there and differs from " +
           std::string(words);
}

} // namespace bitloom
