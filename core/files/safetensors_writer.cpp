// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/files/names.h"
#include "core/files/readers.h"
#include "core/files/tensor_stream.h"
#include "core/files/writers.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace bitloom {
namespace {

/// Wider types first, so that every number lies at a multiple of its width (as the reference
/// implementation does).
std::vector<const TensorToWrite*> fileOrder(const std::vector<TensorToWrite>& tensors)
{
    std::vector<const TensorToWrite*> order;
    for (const TensorToWrite& tensor : tensors) {
        if (!schemeNamed(tensor.scheme).isPlain())
            throw Error("safetensors", "tensor " + shown(tensor.name) + " is " + tensor.scheme +
                                           ", which safetensors cannot hold");
        order.push_back(&tensor);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
        return schemeNamed(a->scheme).bits() > schemeNamed(b->scheme).bits();
    });
    return order;
}

std::string upperCase(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

/// Length and JSON, padded with spaces to a multiple of 8.
std::string headerOf(const std::vector<const TensorToWrite*>& tensors,
                     const std::map<std::string, std::string>& sideFiles)
{
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    nlohmann::ordered_json& metadata = header["__metadata__"] = {{"format", "pt"}};
    for (const auto& [name, text] : sideFiles)
        metadata[std::string(kSideFilePrefix) + name] = text;
    int64_t offset = 0;
    for (const TensorToWrite* tensor : tensors) {
        const int64_t end = offset + storedBytes(*tensor);
        header[tensor->name] = {{"dtype", upperCase(tensor->scheme)},
                                {"shape", tensor->shape},
                                {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text =
        header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const uint64_t length = text.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

} // namespace

int64_t safetensorsBytes(const std::vector<TensorToWrite>& tensors,
                         const std::map<std::string, std::string>& sideFiles)
{
    auto bytes = static_cast<int64_t>(headerOf(fileOrder(tensors), sideFiles).size());
    for (const TensorToWrite& tensor : tensors)
        bytes += storedBytes(tensor);
    return bytes;
}

bool writeSafetensors(const std::string& path, const std::vector<TensorToWrite>& tensors,
                      const std::map<std::string, std::string>& sideFiles, Progress& progress,
                      const FileCheck& check)
{
    refuseTwins("safetensors", path, tensors);
    const std::vector<const TensorToWrite*> order = fileOrder(tensors);
    AtomicFile file(path, safetensorsBytes(tensors, sideFiles));
    const std::string header = headerOf(order, sideFiles);
    file.write(std::as_bytes(std::span(header)));
    if (!writeTensors(file, path, order, 1, progress))
        return false;
    return file.commit(check);
}

} // namespace bitloom
