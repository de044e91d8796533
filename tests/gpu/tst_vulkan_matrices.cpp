// SPDX-License-Identifier: GPL-3.0-or-later
// The matrix kernels on odd shapes, every scheme, both ways of reading memory, against doubles.
#include "core/base/random.h"
#include "gpu/kernels/linear.h"
#include "tests/gpu/device_test.h"

#include <cstring>

using namespace bitloom;

namespace {

constexpr int64_t kRows = 37;

Matrix randomMatrix(int64_t rows, int64_t columns, uint64_t seed)
{
    Matrix result(rows, columns);
    for (size_t i = 0; i < result.values.size(); ++i)
        result.values[i] = static_cast<float>(randomUniform(seed, i) - 0.45);
    return result;
}

Matrix product(const Matrix& weights, const Matrix& inputs)
{
    Matrix result(inputs.rows, weights.rows);
    for (int64_t t = 0; t < inputs.rows; ++t) {
        for (int64_t r = 0; r < weights.rows; ++r) {
            double sum = 0;
            for (size_t k = 0; k < static_cast<size_t>(weights.columns); ++k)
                sum += double{weights.row(r)[k]} * inputs.row(t)[k];
            result.row(t)[static_cast<size_t>(r)] = static_cast<float>(sum);
        }
    }
    return result;
}

/// W x on the device, for as many tokens as `inputs` has rows.
class MatrixRun {
public:
    explicit MatrixRun(const VulkanOptions& options)
        : m_options(options)
        , m_device(Device::open(options))
        , m_pipelines(Pipelines::of(m_device, options.forceStorageBuffers ? Variant::Storage
                                                                          : Variant::Texel))
    {
    }

    Matrix operator()(const PackedTensor& weights, const Matrix& inputs)
    {
        WeightArena arena(m_device, 0);
        const int64_t slab = m_options.maxSlabBytes > 0 ? m_options.maxSlabBytes : 1 << 20;
        const DeviceSlot slot = uploadMatrix(arena, weights, slab);
        arena.finish();
        const int64_t room = inputs.rows == 1 ? 1 : 16;
        const int64_t inputStride = paddedWidth(inputs.columns);
        const int64_t outputStride = paddedWidth(weights.rows);
        Buffer x(m_device, room * inputStride * 4, MemoryUse::Upload);
        Buffer y(m_device, room * outputStride * 4, MemoryUse::Upload);
        Buffer control(m_device, 256, MemoryUse::Upload);
        Buffer scratch(m_device, room * paddedWidth(weights.added ? weights.added->rank() : 1) * 4,
                       MemoryUse::Device);
        m_scratch = {&scratch, 0, scratch.bytes()};
        fill(x, inputs, inputStride);
        std::memset(y.mapped().data(), 0xff, y.mapped().size());
        const shader::Control count = {0, static_cast<uint32_t>(inputs.rows)};
        std::memcpy(control.mapped().data(), &count, sizeof(count));
        Recording recording(m_pipelines);
        record(recording, slot, room, inputs.columns, weights.rows, {&x, 0, x.bytes()},
               {&y, 0, y.bytes()}, {&control, 0, sizeof(count)});
        recording.finish();
        recording.run();
        return read(y, inputs.rows, weights.rows, outputStride);
    }

    /// The row of the last token alone.
    Matrix lastOf(const PackedTensor& weights, const Matrix& inputs)
    {
        m_lastOnly = true;
        const Matrix all = (*this)(weights, inputs);
        m_lastOnly = false;
        Matrix last(1, all.columns);
        std::ranges::copy(all.row(0), last.values.begin());
        return last;
    }

    /// Padding of the result that was not zero.
    int dirtyPadding() const { return m_dirty; }

private:
    void record(Recording& recording, const DeviceSlot& slot, int64_t room, int64_t columns,
                int64_t rows, const Region& x, const Region& y, const Region& control)
    {
        const Graph graph;
        const Program program;
        const OriginalWeights none(nullptr);
        const DeviceWeights nothing(m_device, graph, program, none, {});
        StepContext context = {graph, program,         nothing, *m_pipelines, recording, {},
                               1,     OutputRows::All, {},      {},           {},        {}};
        context.tuning = tuningFor(*m_device, m_options);
        context.tuning.tileRows = 4;   // compiles faster than the tile of CPU devices, which whole
        context.tuning.tileTokens = 8; // models use
        context.tokens = static_cast<uint32_t>(room);
        context.control = control;
        context.scratch = m_scratch;
        const bool lastOnly = m_lastOnly;
        recordLinear(context, slot, x, columns, y, rows, lastOnly);
    }

    static void fill(const Buffer& to, const Matrix& from, int64_t stride)
    {
        std::memset(to.mapped().data(), 0, to.mapped().size());
        for (int64_t row = 0; row < from.rows; ++row)
            std::memcpy(to.mapped().data() + row * stride * 4, from.row(row).data(),
                        static_cast<size_t>(from.columns) * 4);
    }

    Matrix read(const Buffer& from, int64_t rows, int64_t columns, int64_t stride)
    {
        Matrix result(rows, columns);
        std::vector<float> padded(static_cast<size_t>(stride));
        for (int64_t row = 0; row < rows; ++row) {
            std::memcpy(padded.data(), from.mapped().data() + row * stride * 4, padded.size() * 4);
            std::copy_n(padded.begin(), columns, result.row(row).begin());
            m_dirty += static_cast<int>(std::count_if(padded.begin() + columns, padded.end(),
                                                      [](float value) { return value != 0.0F; }));
        }
        return result;
    }

    VulkanOptions m_options;
    std::shared_ptr<Device> m_device;
    std::shared_ptr<Pipelines> m_pipelines;
    Region m_scratch;
    bool m_lastOnly = false;
    int m_dirty = 0;
};

/// The codes of a matrix, and a matrix of low rank that is added to it.
PackedTensor corrected(const char* scheme, int64_t columns, int64_t rank)
{
    PackedTensor packed = encoded(schemeNamed(scheme), randomMatrix(kRows, columns, 1));
    packed.added = std::make_shared<const LowRank>(
        encoded(schemeNamed("int8-row-sym"), randomMatrix(kRows, rank, 3)),
        encoded(schemeNamed("int8-row-sym"), randomMatrix(rank, columns, 4)));
    return packed;
}

} // namespace

class MatricesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_VULKAN();
        const std::shared_ptr<Device> device = Device::open({});
        m_kept = {Pipelines::of(device, Variant::Texel), Pipelines::of(device, Variant::Storage)};
    }

    void productsAgreeWithDoubles_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<bool>("storage");
        for (const Scheme* scheme : schemes())
            for (const bool storage : {false, true})
                QTest::addRow("%s %s", std::string(scheme->id()).c_str(),
                              storage ? "storage" : "texel")
                    << QString::fromStdString(std::string(scheme->id())) << storage;
    }
    void productsAgreeWithDoubles()
    {
        QFETCH(QString, id);
        QFETCH(bool, storage);
        const Scheme& scheme = schemeNamed(id.toStdString());
        VulkanOptions options;
        options.forceStorageBuffers = storage;
        MatrixRun run(options);
        int ran = 0;
        for (const int64_t columns : {172, 256, 333}) {
            if (!scheme.accepts(columns))
                continue;
            const PackedTensor packed = encoded(scheme, randomMatrix(kRows, columns, 1));
            for (const int64_t tokens : {1, 3, 9}) {
                const Matrix inputs = randomMatrix(tokens, columns, 2);
                const double error =
                    relativeDifference(run(packed, inputs), product(packed.decode(), inputs));
                QVERIFY2(error < 3e-6, qPrintable(QString::number(error)));
                ++ran;
            }
        }
        QVERIFY(ran > 0);
        QCOMPARE(run.dirtyPadding(), 0);
    }

    /// W x + U V x for one token, some, and the last of some.
    void lowRankIsAdded()
    {
        MatrixRun run({});
        for (const int64_t rank : {1, 8, 33}) {
            for (const char* id : {"int3-g32-sym", "q4_k", "f16"}) {
                const PackedTensor packed = corrected(id, 256, rank);
                for (const int64_t tokens : {1, 5}) {
                    const Matrix inputs = randomMatrix(tokens, 256, 2);
                    const Matrix expected = product(packed.decode(), inputs);
                    QVERIFY(relativeDifference(run(packed, inputs), expected) < 3e-6);
                }
                const Matrix inputs = randomMatrix(5, 256, 2);
                const Matrix all = product(packed.decode(), inputs);
                Matrix last(1, kRows);
                std::ranges::copy(all.row(4), last.values.begin());
                QVERIFY(relativeDifference(run.lastOf(packed, inputs), last) < 3e-6);
            }
        }
    }

    void lanesThatShareARowAgreeWithDoubles()
    {
        VulkanOptions options;
        options.lanesPerRow = 8;
        MatrixRun run(options);
        for (const char* id : {"int5-g64-asym", "q3_k", "f16", "nf4-g64"}) {
            const PackedTensor packed = encoded(schemeNamed(id), randomMatrix(kRows, 768, 1));
            for (const int64_t tokens : {1, 5}) {
                const Matrix inputs = randomMatrix(tokens, 768, 2);
                QVERIFY(relativeDifference(run(packed, inputs), product(packed.decode(), inputs)) <
                        3e-6);
            }
        }
    }

    void slabsGiveTheSameBits()
    {
        const PackedTensor packed = encoded(schemeNamed("q4_k"), randomMatrix(kRows, 512, 1));
        VulkanOptions small;
        small.maxSlabBytes = 2000;
        for (const int64_t tokens : {1, 5}) {
            const Matrix inputs = randomMatrix(tokens, 512, 2);
            QVERIFY(MatrixRun(small)(packed, inputs).values ==
                    MatrixRun({})(packed, inputs).values);
        }
    }

    /// Subnormal halves occur as scales of real Q6_K blocks; drivers may flush them.
    void tinyScalesSurvive()
    {
        Matrix tiny = randomMatrix(kRows, 256, 1);
        for (float& value : tiny.values)
            value *= 1e-5F;
        for (const char* id : {"f16", "q8_0", "q6_k", "int4-g32-sym", "nf4-g64"}) {
            const PackedTensor packed = encoded(schemeNamed(id), tiny);
            const Matrix inputs = randomMatrix(1, 256, 2);
            const Matrix expected = product(packed.decode(), inputs);
            QVERIFY(std::ranges::any_of(expected.values, [](float v) { return v != 0.0F; }));
            QVERIFY(relativeDifference(MatrixRun({})(packed, inputs), expected) < 3e-6);
        }
    }

    /// More workgroups than fit in x: 70,000 · 8 rows would; here the limit is what counts.
    void manyRowsSpillIntoTheSecondDimension()
    {
        const int64_t rows = 65536 * 8 + 5;
        Matrix weights(rows, 4);
        for (int64_t row = 0; row < rows; ++row)
            weights.row(row)[0] = static_cast<float>(row % 1001);
        VulkanOptions options;
        options.lanesPerRow = 8;
        options.maxSlabBytes = 1 << 28;
        Matrix one(1, 4);
        one.values = {1, 0, 0, 0};
        const Matrix result = MatrixRun(options)(encoded(schemeNamed("f32"), weights), one);
        for (int64_t row = 0; row < rows; ++row)
            QCOMPARE(result.values[static_cast<size_t>(row)], static_cast<float>(row % 1001));
    }

    void validationIsSilent() { BITLOOM_REQUIRE_VALID_USE(); }

private:
    /// Compiled kernels live as long as somebody holds them.
    std::vector<std::shared_ptr<Pipelines>> m_kept;
};

QTEST_GUILESS_MAIN(MatricesTest)
#include "tst_vulkan_matrices.moc"
