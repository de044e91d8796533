// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/schemes/codebook_scheme.h"
#include "core/storage/schemes/families.h"

namespace bitloom {

/// The levels of QLoRA (Dettmers et al. 2023), as in bitsandbytes: quantiles of the normal
/// distribution, eight above 0 and seven below it, and 0, the outermost at ±1.
const Scheme& nf4Scheme()
{
    static const CodebookScheme scheme({
        .id = "nf4-g64",
        .description = "16 levels at quantiles of the normal distribution (NF4) with a "
                       "half-precision scale per group of 64, 4.25 bits.",
        .family = "nf",
        .groupSize = 64,
        .levels = {-1.0F, -0.6961928009986877F, -0.5250730514526367F, -0.39491748809814453F,
                   -0.28444138169288635F, -0.18477343022823334F, -0.09105003625154495F, 0.0F,
                   0.07958029955625534F, 0.16093020141124725F, 0.24611230194568634F,
                   0.33791524171829224F, 0.44070982933044434F, 0.5626170039176941F,
                   0.7229568362236023F, 1.0F},
    });
    return scheme;
}

} // namespace bitloom
