// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/variant/can_hold.h"

#include "core/quantize/encoding/clip.h"
#include "core/quantize/methods/encode_rows.h"

#include <algorithm>

namespace bitloom {

bool canHold(const TransformedModel& model, int slot, const Encoding& encoding)
{
    if (!encoding.changesWeights())
        return true;
    const Slot& place = model.graph().slot(slot);
    const Scheme& scheme = model.schemeOf(slot, encoding);
    if (&scheme == &model.schemeOf(slot, {}))
        return true;
    const int64_t atOnce = std::max<int64_t>(1, kWeightsAtOnce / place.columns);
    for (int64_t first = 0; first < place.rows; first += atOnce) {
        Matrix weights = model.original(slot, first, std::min(atOnce, place.rows - first));
        model.prepare(slot, encoding, weights);
        if (firstUnheld(scheme, weights.view()) >= 0)
            return false;
    }
    return true;
}

} // namespace bitloom
