// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/files/formats/writers.h"
#include "tests/test_data.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace bitloom {

/// A network of a few thousand random weights with the bundled sample's tokenizer, to be changed
/// and written as a Hugging Face folder.
struct TinyModel {
    nlohmann::json configuration;
    std::map<std::string, Shape> shapes;
    std::map<std::string, std::string> sideFiles; ///< beside config.json, by name
    bool withTokenizer = true;

    /// The weights that `write` gives a tensor: uniform in ±√(3/columns), norms around 1, biases
    /// around 0.
    static PackedTensor weights(const std::string& name, const Shape& shape)
    {
        const int64_t columns = shape.back();
        const int64_t count = elementCount(shape);
        std::span<std::byte> bytes;
        PackedTensor tensor =
            PackedTensor::allocate(schemeNamed("f32"), count / columns, columns, bytes);
        const double range = std::sqrt(3.0 / static_cast<double>(columns));
        const double middle = name.find("bias") != std::string::npos ? 0 : 1;
        for (int64_t i = 0; i < count; ++i) {
            const double draw =
                2 * randomUniform(std::hash<std::string>()(name), static_cast<uint64_t>(i)) - 1;
            const auto value =
                static_cast<float>(shape.size() == 1 ? middle + draw / 4 : draw * range);
            std::memcpy(bytes.data() + static_cast<size_t>(i) * sizeof value, &value, sizeof value);
        }
        return tensor;
    }

    void write(const std::string& folder) const
    {
        std::filesystem::create_directories(folder);
        writeTextFile(folder + "/config.json", configuration.dump());
        for (const auto& [name, text] : sideFiles) {
            std::filesystem::create_directories(
                std::filesystem::path(folder + "/" + name).parent_path());
            writeTextFile(folder + "/" + name, text);
        }
        std::vector<TensorToWrite> tensors;
        for (const auto& [name, shape] : shapes)
            tensors.push_back({name, shape, "f32",
                               [name = name, shape = shape] { return weights(name, shape); }});
        Progress progress;
        writeSafetensors(folder + "/model.safetensors", tensors, {}, progress);
        for (const char* file : {"tokenizer.json", "tokenizer_config.json"})
            if (withTokenizer)
                std::filesystem::copy_file(sampleData() + "/" + file, folder + "/" + file,
                                           std::filesystem::copy_options::overwrite_existing);
    }
};

} // namespace bitloom
