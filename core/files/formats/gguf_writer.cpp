// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/files/formats/tensor_stream.h"
#include "core/files/formats/writers.h"
#include "core/files/io/names.h"

#include <cstring>

namespace bitloom {
namespace {

constexpr int64_t kAlignment = 32;
constexpr size_t kLongestName = 63; // ggml's own limit

int64_t padded(int64_t bytes)
{
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// Where the head's bytes go: into memory, or nowhere when only their number matters.
class HeadSink {
public:
    explicit HeadSink(bool keep)
        : m_keep(keep)
    {
    }
    void bytes(const void* data, size_t size)
    {
        m_size += static_cast<int64_t>(size);
        const auto* begin = static_cast<const std::byte*>(data);
        if (m_keep)
            m_bytes.insert(m_bytes.end(), begin, begin + size);
    }
    template <typename Number>
    void number(Number value)
    {
        bytes(&value, sizeof value);
    }
    void string(std::string_view text)
    {
        number(static_cast<uint64_t>(text.size()));
        bytes(text.data(), text.size());
    }
    int64_t size() const { return m_size; }
    std::span<const std::byte> kept() const { return m_bytes; }

private:
    bool m_keep;
    int64_t m_size = 0;
    std::vector<std::byte> m_bytes;
};

/// One entry on its way into the head; a value that does not suit its type is named.
class EntryWriter {
public:
    EntryWriter(HeadSink& sink, const GgufEntry& entry)
        : m_sink(sink)
        , m_entry(entry)
    {
    }

    void write()
    {
        using Type = GgufEntry::Type;
        m_sink.string(m_entry.key);
        switch (m_entry.type) {
        case Type::U32:
            return scalar<uint32_t>(4);
        case Type::I32:
            return scalar<int32_t>(5);
        case Type::F32:
            return scalar<float>(6);
        case Type::Bool:
            m_sink.number<int32_t>(7);
            return m_sink.number<uint8_t>(held<bool>() ? 1 : 0);
        case Type::String:
            m_sink.number<int32_t>(8);
            return m_sink.string(held<std::string>());
        case Type::ArrayString:
            arrayHead(8, held<std::vector<std::string>>().size());
            for (const std::string& text : held<std::vector<std::string>>())
                m_sink.string(text);
            return;
        case Type::ArrayF32:
            return array<float, double>(6);
        case Type::ArrayI32:
            return array<int32_t, int64_t>(5);
        case Type::ArrayU32:
            return array<uint32_t, int64_t>(4);
        case Type::Encoded:
            return m_sink.bytes(held<std::string>().data(), held<std::string>().size());
        }
    }

private:
    [[noreturn]] void mismatch() const
    {
        throw Error("gguf", "metadata " + m_entry.key + " has a value that is not of its type");
    }
    template <typename Held>
    const Held& held() const
    {
        const Held* value = std::get_if<Held>(&m_entry.value);
        if (!value)
            mismatch();
        return *value;
    }
    template <typename Stored>
    void scalar(int32_t type)
    {
        m_sink.number(type);
        std::visit(
            [&](const auto& value) {
                using Held = std::decay_t<decltype(value)>;
                if constexpr (std::is_arithmetic_v<Held> && !std::is_same_v<Held, bool>)
                    m_sink.number(static_cast<Stored>(value));
                else
                    mismatch();
            },
            m_entry.value);
    }
    void arrayHead(int32_t type, size_t count)
    {
        m_sink.number<int32_t>(9);
        m_sink.number(type);
        m_sink.number(static_cast<uint64_t>(count));
    }
    template <typename Stored, typename Held>
    void array(int32_t type)
    {
        arrayHead(type, held<std::vector<Held>>().size());
        for (const Held value : held<std::vector<Held>>())
            m_sink.number(static_cast<Stored>(value));
    }

    HeadSink& m_sink;
    const GgufEntry& m_entry;
};

void writeTensorInfo(HeadSink& sink, const TensorToWrite& tensor, int64_t offset)
{
    const int type = ggufType(lowerCase(tensor.scheme));
    if (type < 0)
        throw Error("gguf", "tensor " + shown(tensor.name) + " is " + tensor.scheme +
                                ", which GGUF cannot hold");
    if (tensor.name.size() > kLongestName)
        throw Error("gguf", "tensor " + shown(tensor.name) + " has a name longer than " +
                                std::to_string(kLongestName) + " bytes");
    sink.string(tensor.name);
    sink.number(static_cast<uint32_t>(tensor.shape.size()));
    for (auto dimension = tensor.shape.rbegin(); dimension != tensor.shape.rend(); ++dimension)
        sink.number(*dimension);
    sink.number(static_cast<int32_t>(type));
    sink.number(static_cast<uint64_t>(offset));
}

/// Writes the head without its padding; returns the bytes of the data behind it.
int64_t writeHead(HeadSink& sink, const std::vector<GgufEntry>& metadata,
                  const std::vector<TensorToWrite>& tensors)
{
    sink.bytes("GGUF", 4);
    sink.number<uint32_t>(3);
    sink.number(static_cast<uint64_t>(tensors.size()));
    sink.number(static_cast<uint64_t>(metadata.size()));
    for (const GgufEntry& entry : metadata) {
        if (entry.key == "general.alignment")
            throw Error("gguf", "metadata general.alignment is fixed by the writer");
        EntryWriter(sink, entry).write();
    }
    int64_t offset = 0;
    for (const TensorToWrite& tensor : tensors) {
        writeTensorInfo(sink, tensor, offset);
        offset += padded(storedBytes(tensor));
    }
    return offset;
}

} // namespace

int64_t ggufBytes(const std::vector<GgufEntry>& metadata, const std::vector<TensorToWrite>& tensors)
{
    HeadSink sink(false);
    const int64_t data = writeHead(sink, metadata, tensors);
    return padded(sink.size()) + data;
}

bool writeGguf(const OutputFile& target, const std::vector<GgufEntry>& metadata,
               const std::vector<TensorToWrite>& tensors, Progress& progress,
               const FileCheck& check)
{
    refuseTwins("gguf", target.path, tensors);
    HeadSink sink(true);
    const int64_t data = writeHead(sink, metadata, tensors);
    AtomicFile file(target, padded(sink.size()) + data);
    file.write(sink.kept());
    file.pad(kAlignment);
    std::vector<const TensorToWrite*> order;
    for (const TensorToWrite& tensor : tensors)
        order.push_back(&tensor);
    if (!writeTensors(file, target.path, order, kAlignment, progress))
        return false;
    return file.commit(check);
}

} // namespace bitloom
