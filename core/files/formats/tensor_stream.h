// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/writers.h"
#include "core/files/io/atomic_file.h"

namespace bitloom {

/// Bytes of the tensor's data in its scheme. Error: unknown scheme, or one that does not accept the
/// row length.
int64_t storedBytes(const TensorToWrite& tensor);
/// Throws when two tensors have one name.
void refuseTwins(std::string_view operation, const std::string& path,
                 const std::vector<TensorToWrite>& tensors);
/// Produces and writes one tensor after the other, each padded to `alignment`. Checks what
/// produce() returned against what was promised. False when stopped.
bool writeTensors(AtomicFile& file, const std::string& path,
                  const std::vector<const TensorToWrite*>& tensors, int64_t alignment,
                  Progress& progress);

} // namespace bitloom
