// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/text/measurement_key.h"

namespace bitloom {

Fingerprint measurementKey(const Model& model, const std::vector<Window>& windows, uint64_t seed,
                           int64_t version)
{
    Fingerprint key;
    key.add(version);
    key.add(model.identity);
    key.add(seed);
    addTo(key, windows);
    return key;
}

} // namespace bitloom
