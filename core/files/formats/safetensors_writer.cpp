// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/files/formats/readers.h"
#include "core/files/formats/safetensors_types.h"
#include "core/files/formats/tensor_stream.h"
#include "core/files/formats/writers.h"
#include "core/files/io/names.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace bitloom {
namespace {

using Texts = std::map<std::string, std::string>;

/// Of an element of a copied tensor of a type nobody has told us about, as far as it shows.
double shownBits(const StoredTensor& tensor)
{
    return 8 * static_cast<double>(tensor.bytes.size()) /
           static_cast<double>(std::max<int64_t>(1, elementCount(tensor.shape)));
}

/// Whether its type is none of our schemes, whatever it is called.
bool isForeign(const TensorToWrite& tensor)
{
    return tensor.copied && !tensor.copied->scheme;
}

double bitsOfElement(const TensorToWrite& tensor)
{
    if (isForeign(tensor)) {
        const std::optional<int> known = safetensorsBits(tensor.scheme);
        return known ? *known : shownBits(*tensor.copied);
    }
    const Scheme& scheme = schemeNamed(tensor.scheme);
    if (!scheme.isPlain())
        throw Error("safetensors", "tensor " + shown(tensor.name) + " is " + tensor.scheme +
                                       ", which safetensors cannot hold");
    return scheme.bits();
}

/// Wider types first, so that every number lies at a multiple of its width (as the reference
/// implementation does).
std::vector<const TensorToWrite*> fileOrder(const std::vector<TensorToWrite>& tensors)
{
    std::vector<std::pair<double, const TensorToWrite*>> sorted;
    for (const TensorToWrite& tensor : tensors)
        sorted.emplace_back(bitsOfElement(tensor), &tensor);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<const TensorToWrite*> order;
    for (const auto& [bits, tensor] : sorted)
        order.push_back(tensor);
    return order;
}

std::string upperCase(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

std::string typeName(const TensorToWrite& tensor)
{
    return isForeign(tensor) ? tensor.scheme : upperCase(tensor.scheme);
}

/// Length and JSON, padded with spaces to a multiple of 8.
std::string headerOf(const std::vector<const TensorToWrite*>& tensors, const Texts& sideFiles,
                     const Texts& annotations)
{
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    nlohmann::ordered_json& metadata = header["__metadata__"] = {{"format", "pt"}};
    const auto keep = [&](const std::string& key, const std::string& text) {
        if (!isUtf8(text))
            throw Error("safetensors", "the text of " + shown(key) + " is not UTF-8, which the " +
                                           "header of a safetensors file must be");
        metadata[key] = text;
    };
    for (const auto& [key, text] : annotations)
        keep(key, text);
    for (const auto& [name, text] : sideFiles)
        keep(std::string(kSideFilePrefix) + name, text);
    int64_t offset = 0;
    for (const TensorToWrite* tensor : tensors) {
        const int64_t end = offset + storedBytes(*tensor);
        header[tensor->name] = {{"dtype", typeName(*tensor)},
                                {"shape", tensor->shape},
                                {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const uint64_t length = text.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

} // namespace

int64_t safetensorsBytes(const std::vector<TensorToWrite>& tensors, const Texts& sideFiles,
                         const Texts& annotations)
{
    auto bytes = static_cast<int64_t>(headerOf(fileOrder(tensors), sideFiles, annotations).size());
    for (const TensorToWrite& tensor : tensors)
        bytes += storedBytes(tensor);
    return bytes;
}

bool writeSafetensors(const OutputFile& target, const std::vector<TensorToWrite>& tensors,
                      const Texts& sideFiles, Progress& progress, const FileCheck& check,
                      const Texts& annotations)
{
    refuseTwins("safetensors", target.path, tensors);
    const std::vector<const TensorToWrite*> order = fileOrder(tensors);
    AtomicFile file(target, safetensorsBytes(tensors, sideFiles, annotations));
    const std::string header = headerOf(order, sideFiles, annotations);
    file.write(std::as_bytes(std::span(header)));
    if (!writeTensors(file, target.path, order, 1, progress))
        return false;
    return file.commit(check);
}

} // namespace bitloom
