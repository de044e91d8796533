// SPDX-License-Identifier: GPL-3.0-or-later
// interop_dump FILE OUT: prints one JSON line per tensor and writes the values of all readable
// tensors as consecutive floats to OUT, for comparison with foreign readers.
#include "core/base/error.h"
#include "core/files/formats/checkpoint.h"

#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

int main(int argc, char** argv)
{
    if (argc != 3)
        return 2;
    try {
        const bitloom::Checkpoint checkpoint = bitloom::openCheckpoint(argv[1]);
        std::ofstream values(argv[2], std::ios::binary);
        for (const bitloom::StoredTensor& tensor : checkpoint.tensors) {
            const nlohmann::json line = {{"name", tensor.name},
                                         {"type", tensor.type},
                                         {"shape", tensor.shape},
                                         {"readable", tensor.scheme != nullptr}};
            std::cout << line.dump() << '\n';
            if (!tensor.scheme)
                continue;
            const bitloom::Matrix matrix = tensor.read();
            values.write(reinterpret_cast<const char*>(matrix.values.data()),
                         static_cast<std::streamsize>(matrix.values.size() * sizeof(float)));
        }
    } catch (const bitloom::Error& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
