// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QList>
#include <QTimer>

#include <functional>

class QLabel;
class QToolButton;
class QPushButton;

namespace bitloom {

/// Sentences for the user, without boxes that block. The newest is shown; dismissing it shows the
/// one before. Infos leave by themselves, warnings and errors stay. Each is announced to screen
/// readers.
class MessageBar : public QFrame {
    Q_OBJECT

public:
    enum Kind { Info, Warning, Error };
    Q_ENUM(Kind)

    explicit MessageBar(QWidget* parent = nullptr);

    /// Optionally with one button ("Undo") that does something and dismisses. The same sentence
    /// twice is kept once.
    void post(Kind kind, const QString& sentence, const QString& actionText = {},
              std::function<void()> action = {});
    /// The sentence shown; empty when none.
    QString text() const;
    int count() const { return static_cast<int>(m_messages.size()); }

    /// Removes the one shown.
    void dismiss();
    void clear();

signals:
    void posted(int kind, const QString& sentence);

protected:
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    struct Message {
        Kind kind;
        QString sentence;
        QString actionText;
        std::function<void()> action;
    };
    void showTop();
    void announce();
    QColor accent() const;

    QList<Message> m_messages;
    QTimer m_leave;
    QLabel* m_icon = nullptr;
    QLabel* m_text = nullptr;
    QLabel* m_more = nullptr;
    QPushButton* m_action = nullptr;
    QToolButton* m_close = nullptr;
};

} // namespace bitloom
