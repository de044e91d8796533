// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;

namespace bitloom {

class CompareClasses;
class CompareNeighbours;
class CompareTexts;
class CompareView;

/// A prompt that original and quantized network are given, and side by side what they make of it:
/// texts, class probabilities or nearest sentences.
class ComparePane : public QWidget {
    Q_OBJECT

public:
    explicit ComparePane(QWidget* parent = nullptr);

    QString prompt() const;
    void setPrompt(const QString& text);

    CompareTexts* texts() const { return m_texts; }
    CompareClasses* classes() const { return m_classes; }
    CompareNeighbours* neighbours() const { return m_neighbours; }
    /// The one of them that is shown.
    CompareView* view() const;
    void setView(CompareView* view);

    /// Running: the button stops. Otherwise it runs.
    void setRunning(bool running);
    bool isRunning() const { return m_running; }
    /// Whether it can run at all; `why` is said when not.
    void setRunEnabled(bool enabled, const QString& why = {});
    void clear();

    /// The line above the sides: figures, and the text and count they come from.
    void setNumbers(const QString& text);
    /// "Vulkan: llvmpipe".
    void setEngine(const QString& text);

signals:
    void runRequested();
    void stopRequested();

private:
    QWidget* buildPromptRow();
    void showState();

    QLineEdit* m_prompt = nullptr;
    QPushButton* m_run = nullptr;
    QLabel* m_numbers = nullptr;
    QLabel* m_engine = nullptr;
    QLabel* m_state = nullptr;
    QStackedWidget* m_views = nullptr;
    CompareTexts* m_texts = nullptr;
    CompareClasses* m_classes = nullptr;
    CompareNeighbours* m_neighbours = nullptr;
    bool m_running = false;
    bool m_enabled = true;
};

} // namespace bitloom
