// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/files/formats/readers.h"
#include "core/files/formats/writers.h"
#include "core/files/io/names.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include <nlohmann/json.hpp>

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr auto kSideFiles = std::to_array<const char*>(
    {"config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json",
     "special_tokens_map.json", "added_tokens.json", "chat_template.jinja", "chat_template.json",
     "modules.json", "1_Pooling/config.json", "sentence_bert_config.json",
     "config_sentence_transformers.json", "quantize_config.json", "quant_config.json"});
/// Of no use where there is a tokenizer.json, which holds the vocabulary too.
constexpr auto kVocabularies =
    std::to_array<const char*>({"vocab.json", "vocab.txt", "merges.txt"});
/// Further chat templates, each in a file called after it.
constexpr const char* kTemplates = "additional_chat_templates";
constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

/// There in some form: a dangling link counts, so that opening it names the missing target.
bool present(const fs::path& path)
{
    std::error_code ignored;
    return fs::symlink_status(path, ignored).type() != fs::file_type::not_found &&
           fs::symlink_status(path, ignored).type() != fs::file_type::none;
}

std::vector<fs::path> entries(const fs::path& folder)
{
    std::error_code error;
    std::vector<fs::path> paths;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        paths.push_back(at->path());
    if (error)
        throw Error("open", folder.string() + " cannot be listed: " + error.message());
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// The Hugging Face cache keeps a model as models--A--B/{blobs, refs/main, snapshots/HASH}.
fs::path snapshotOf(const fs::path& folder)
{
    const fs::path snapshots = folder / "snapshots";
    std::error_code ignored;
    if (present(folder / kSingle) || present(folder / kIndex) ||
        !fs::is_directory(snapshots, ignored))
        return folder;
    if (present(folder / "refs" / "main")) {
        std::string hash = readTextFile((folder / "refs" / "main").string());
        hash.erase(hash.find_last_not_of(" \r\n") + 1);
        if (hash.find('/') == std::string::npos && fs::is_directory(snapshots / hash, ignored))
            return snapshots / hash;
    }
    const std::vector<fs::path> all = entries(snapshots);
    if (all.size() != 1)
        throw Error("open", folder.string() + " holds " + std::to_string(all.size()) +
                                " snapshots; name one of the folders in " + snapshots.string());
    return all.front();
}

[[noreturn]] void refuse(const fs::path& folder)
{
    std::string hint;
    for (const fs::path& path : entries(folder))
        if (hint.empty() && (path.extension() == ".gguf" || path.extension() == ".safetensors"))
            hint = "; to open " + path.filename().string() + ", name the file";
    throw Error("open", folder.string() + " holds no model: neither " + kSingle + " nor " + kIndex +
                            " is there" + hint);
}

/// Tensor name → shard, checked to stay inside the folder.
std::map<std::string, std::string> readIndex(const fs::path& path)
{
    std::map<std::string, std::string> shards;
    const Json index = Json::parse(readTextFile(path.string()), nullptr, false);
    const auto map = index.is_object() ? index.find("weight_map") : index.end();
    if (map == index.end() || !map->is_object() || map->empty())
        throw Error("open", path.string() + " is not a valid index: it has no weight_map");
    for (const auto& [tensor, shard] : map->items()) {
        const std::string name = shard.is_string() ? shard.get<std::string>() : std::string();
        if (name.empty() || name == ".." || name.find('/') != std::string::npos)
            throw Error("open", path.string() + ": tensor " + shown(tensor) +
                                    " is not mapped to a file name");
        shards[tensor] = name;
    }
    return shards;
}

/// Puts the shards of a folder together. All of their tensors: those who load the folder take whole
/// shards too, and nothing is to be lost where it is written anew.
class ShardReader {
public:
    ShardReader(const fs::path& folder, Checkpoint& checkpoint)
        : m_folder(folder)
        , m_checkpoint(checkpoint)
        , m_shardOf(readIndex(folder / kIndex))
    {
    }
    void read()
    {
        std::set<std::string> shards;
        for (const auto& [tensor, shard] : m_shardOf)
            shards.insert(shard);
        for (const std::string& shard : shards)
            readShard(shard);
        for (const auto& [tensor, shard] : m_shardOf)
            if (!m_found.contains(tensor) || !m_checkpoint.tensors[m_found[tensor]].inIndex)
                throw Error("open", (m_folder / shard).string() + " lacks tensor " + shown(tensor) +
                                        ", which the index places there");
        sayUnnamed();
    }

private:
    void readShard(const std::string& shard)
    {
        Checkpoint part;
        readSafetensors(MappedFile::open((m_folder / shard).string()), part);
        m_checkpoint.fileBytes += part.fileBytes;
        m_checkpoint.annotations.merge(part.annotations);
        for (StoredTensor& tensor : part.tensors) {
            const auto entry = m_shardOf.find(tensor.name);
            tensor.inIndex = entry != m_shardOf.end() && entry->second == shard;
            const auto [place, isNew] = m_found.emplace(tensor.name, m_checkpoint.tensors.size());
            if (isNew)
                m_checkpoint.tensors.push_back(std::move(tensor));
            else
                addCopy(m_checkpoint.tensors[place->second], std::move(tensor));
        }
    }

    void sayUnnamed()
    {
        std::string first;
        int64_t count = 0;
        for (const StoredTensor& tensor : m_checkpoint.tensors)
            if (!tensor.inIndex && count++ == 0)
                first = shown(tensor.name);
        if (count > 0)
            m_checkpoint.notice =
                "The shards hold " + std::to_string(count) + (count == 1 ? " tensor" : " tensors") +
                " that the index does not name" + (count == 1 ? ", " : ", such as ") + first +
                ": what the network has no place for is listed and not used.";
    }

    /// Programs that load folders do not agree on which shard counts.
    static void addCopy(StoredTensor& known, StoredTensor copy)
    {
        const bool isAlike = known.type == copy.type && known.shape == copy.shape &&
                             std::ranges::equal(known.bytes, copy.bytes);
        known.file->check();
        copy.file->check();
        if (!isAlike)
            throw Error("open", "tensor " + shown(known.name) + " is in " + known.file->path() +
                                    " and differs from that in " + copy.file->path());
        if (copy.inIndex)
            known = std::move(copy);
    }

    const fs::path& m_folder;
    Checkpoint& m_checkpoint;
    const std::map<std::string, std::string> m_shardOf; ///< by tensor, as the index says
    std::map<std::string, size_t> m_found;              ///< by tensor, its place in the checkpoint
};

void readTemplates(const fs::path& folder, Checkpoint& checkpoint)
{
    std::error_code ignored;
    if (!fs::is_directory(folder / kTemplates, ignored))
        return;
    for (const fs::path& path : entries(folder / kTemplates))
        if (path.extension() == ".jinja")
            checkpoint.sideFiles[kTemplates + ("/" + path.filename().string())] =
                readTextFile(path.string());
}

void markAsInUse(const fs::path& folder, Checkpoint& checkpoint)
{
    const auto mark = [&](const fs::path& file) {
        checkpoint.filesInUse.push_back(std::make_shared<FileInUse>(file.string()));
    };
    mark(folder / kIndex);
    for (const auto& [name, text] : checkpoint.sideFiles)
        mark(folder / name);
}

bool isShardOf(const fs::path& folder, const std::string& name)
{
    if (!present(folder / kIndex))
        return false;
    const std::map<std::string, std::string> shards = readIndex(folder / kIndex);
    return std::any_of(shards.begin(), shards.end(),
                       [&](const auto& entry) { return entry.second == name; });
}

} // namespace

std::string huggingFaceFolderOf(const std::string& path)
{
    const fs::path file(path);
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::current_path();
    const std::string name = file.filename().string();
    if (!present(folder / "config.json") || !present(file))
        return {};
    if (present(folder / kSingle))
        return name == kSingle ? folder.string() : std::string();
    return name == kIndex || isShardOf(folder, name) ? folder.string() : std::string();
}

void readHuggingFaceFolder(const std::string& path, Checkpoint& checkpoint)
{
    const fs::path folder = snapshotOf(path);
    if (present(folder / kSingle))
        readSafetensors(MappedFile::open((folder / kSingle).string()), checkpoint);
    else if (present(folder / kIndex))
        ShardReader(folder, checkpoint).read();
    else
        refuse(folder);
    for (const char* name : kSideFiles)
        if (present(folder / name))
            checkpoint.sideFiles[name] = readTextFile((folder / name).string());
    for (const char* name : kVocabularies)
        if (!checkpoint.sideFiles.contains("tokenizer.json") && present(folder / name))
            checkpoint.sideFiles[name] = readTextFile((folder / name).string());
    readTemplates(folder, checkpoint);
    markAsInUse(folder, checkpoint);
}

} // namespace bitloom
