// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/display_name.h"

#include "core/network/model/model.h"
#include "tests/test_data.h"

#include <QTest>

using namespace bitloom;

class TestDisplayName : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesAreNames_data();
    void namesAreNames();
    void modelsAreCalledByTheirNames();
};

void TestDisplayName::namesAreNames_data()
{
    QTest::addColumn<std::string>("path");
    QTest::addColumn<std::string>("claimed");
    QTest::addColumn<std::string>("name");
    const auto row = [](const char* path, const char* claimed, const char* name) {
        QTest::addRow("%s [%s]", path, claimed)
            << std::string(path) << std::string(claimed) << std::string(name);
    };
    row("/models/gpt2-poems", "gpt2", "gpt2-poems"); // what a fine-tuned one began as is not it
    row("/models/gpt2/hf", "", "gpt2");
    row("/models/gpt2/hf/", "openai/gpt2", "openai/gpt2");
    row("/models/gpt2/hf", "/home/ada/checkpoints/run3", "gpt2");
    row("/models/gpt2/hf", "./out", "gpt2");
    row("/models/gpt2/main", "hf", "gpt2");
    row("/models/llama/run/checkpoint-500", "", "run");
    row("/models/bert/hf-encoder", "", "bert");
    row("/c/models--A--B/snapshots/0123456789abcdef0123456789abcdef01234567", "x", "A/B");
    row("/c/models--gpt2/snapshots/main", "", "gpt2");
    row("/models/tiny.Q4_K_M.gguf", "llama", "tiny.Q4_K_M");
    row("/models/tiny/model.safetensors", "", "tiny");
    row("/models/tiny/model-00001-of-00002.safetensors", "", "tiny");
    row("/models/tiny/ggml-model.gguf", "Tiny Stories", "Tiny Stories");
    row("/hf", "", "hf");
}

void TestDisplayName::namesAreNames()
{
    QFETCH(std::string, path);
    QFETCH(std::string, claimed);
    QFETCH(std::string, name);
    QCOMPARE(displayName(path, claimed), name);
}

void TestDisplayName::modelsAreCalledByTheirNames()
{
    BITLOOM_REQUIRE_TEST_DATA();
    QCOMPARE(openModel(testData() + "/models/stories260K/hf")->name, std::string("stories260K"));
    QCOMPARE(openModel(sampleData())->name, std::string("sample"));
}

QTEST_GUILESS_MAIN(TestDisplayName)
#include "tst_display_name.moc"
