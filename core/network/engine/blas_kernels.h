// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace bitloom {

/// OpenBLAS picks its kernels by processor model, and a processor younger than the library gets
/// those of 2004 (SSE3), which makes Torch about eight times slower. Where that happened and the
/// processor has AVX2 and FMA, its kernels for those are chosen instead. Call before the first
/// matrix product; later calls do nothing. OPENBLAS_CORETYPE, when set, is respected.
void chooseBlasKernels();

} // namespace bitloom
