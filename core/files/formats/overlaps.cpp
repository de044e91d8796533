// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/formats/overlaps.h"

#include "core/base/error.h"
#include "core/files/io/names.h"

#include <algorithm>

namespace bitloom {

void refuseOverlaps(std::string_view operation, const MappedFile& file,
                    const std::vector<StoredTensor>& tensors)
{
    std::vector<const StoredTensor*> sorted;
    for (const StoredTensor& tensor : tensors)
        if (tensor.file.get() == &file && !tensor.bytes.empty())
            sorted.push_back(&tensor);
    std::sort(sorted.begin(), sorted.end(), [](const StoredTensor* a, const StoredTensor* b) {
        return a->bytes.data() < b->bytes.data();
    });
    for (size_t i = 1; i < sorted.size(); ++i)
        if (sorted[i - 1]->bytes.data() + sorted[i - 1]->bytes.size() > sorted[i]->bytes.data())
            throw Error(operation, file.path() + ": tensors " + shown(sorted[i - 1]->name) +
                                       " and " + shown(sorted[i]->name) + " overlap");
}

} // namespace bitloom
