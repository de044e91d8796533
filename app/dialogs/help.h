// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QWidget;

namespace bitloom {

void showFirstSteps(QWidget* window);
/// At the entry of a word, if it has one.
void showGlossary(QWidget* window, const QString& word = {});
/// Makes the links in "What is this?" of a window and of all that is in it open the glossary.
void followGlossaryLinks(QWidget& window);
/// Schemes, methods and figures, from their tables.
void showMethods(QWidget* window);
void showAbout(QWidget* window);

} // namespace bitloom
