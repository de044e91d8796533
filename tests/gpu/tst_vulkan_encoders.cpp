// SPDX-License-Identifier: GPL-3.0-or-later
// Real encoders on Vulkan: figures that others computed.
#include "tests/core/workbench/encoder_data.h"
#include "tests/gpu/device_test.h"

using namespace bitloom;

class VulkanEncodersTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { BITLOOM_REQUIRE_VULKAN(); }

    void everyLogit()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const auto model = openModel(testData() + "/models/bert-sst2/hf");
        const auto engine = makeVulkanEngine(model, OriginalWeights(model), {});
        QVERIFY(dev872Difference(*engine, *model) < 1e-4);
    }

    void logitsOfGivenEmbeddings()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const std::string folder = testData() + "/models/bert-tiny-sst2/hf-encoder";
        const auto model = openModel(folder);
        const auto engine = makeVulkanEngine(model, OriginalWeights(model), {});
        const Checkpoint inputs = openCheckpoint(folder + "/sample_inputs_embeds.safetensors");
        TextBatch batch; // all sentences at once
        batch.given = model->graph.findValue("embeddings");
        Matrix expected;
        for (const StoredTensor& sentence : inputs.tensors) {
            const Matrix rows = sentence.read();
            batch.lengths.push_back(rows.rows);
            batch.rows.rows += rows.rows;
            batch.rows.columns = rows.columns;
            batch.rows.values.insert(batch.rows.values.end(), rows.values.begin(),
                                     rows.values.end());
            const Matrix logits = tensorIn(folder + "/expected_logits.safetensors", sentence.name);
            expected.rows += logits.rows;
            expected.columns = logits.columns;
            expected.values.insert(expected.values.end(), logits.values.begin(),
                                   logits.values.end());
        }
        QCOMPARE(expected.rows, int64_t{7});
        QVERIFY(relativeDifference(engine->encode(batch), expected) < 1e-4);
    }

    void embeddingsOfTransformers()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        BITLOOM_REQUIRE_MINILM();
        const auto model = openModel(miniLm());
        const auto engine = makeVulkanEngine(model, OriginalWeights(model), {});
        const double difference = titlesDifference(*engine, *model, 200);
        QVERIFY2(difference < 1e-4, qPrintable(QString::number(difference)));
    }

    void validationIsSilent() { BITLOOM_REQUIRE_VALID_USE(); }
};

QTEST_GUILESS_MAIN(VulkanEncodersTest)
#include "tst_vulkan_encoders.moc"
